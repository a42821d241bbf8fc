// The cost of a step that parallel_windows.cpp has made: its duration, and the encodings of what is handed.
#include <algorithm>

#include "plan/solve/parallel_windows.h"

namespace tandem::plan {

bool ParallelWindows::add_returns(std::size_t executor, Option& way) const {
  const Offload& offload = offloads_[executor - 1];
  double bytes = 0;
  for (const auto& assigned : window_) {
    if (executor_[assigned.item] != executor) continue;
    for (const std::size_t index : items_.items[assigned.item].makes) {
      const auto& tensor = items_.tensors[index];
      if (read_inside_[index] == tensor.readers.size()) continue;
      if (tensor.raw_bytes < 0) return false;
      bytes += tensor.raw_bytes;
    }
  }
  const double ms = Times::download_ms(query_.problem->links[offload.link], bytes);
  way.ms += ms;
  way.mean += query_.objective.returned(offload.link, ms);
  return true;
}

// All ways to encode what an offload is handed that are neither slower nor dearer than another.
std::vector<ParallelWindows::Option> ParallelWindows::ways_of(const Offload& offload, const Option& fastest) {
  std::vector<Option> ways = {fastest};
  for (const std::size_t tensor : offload.choices) {
    const auto& options = options_of(tensor, offload.link);
    std::vector<Option> longer;
    for (const auto& way : ways) {
      for (std::size_t pick = 0; pick < options.size(); ++pick) {
        Option next = way;
        next.ms += options[pick].ms - options.front().ms;
        next.mean += options[pick].mean - options.back().mean;
        next.picks.push_back(pick);
        longer.push_back(std::move(next));
      }
    }
    std::ranges::sort(longer, {}, [](const Option& each) { return std::pair(each.ms, each.mean); });
    ways.clear();
    for (auto& way : longer) {
      if (ways.empty() || way.mean < ways.back().mean) ways.push_back(std::move(way));
    }
  }
  return ways;
}

// Where each tensor has one way: without lists, since nearly all steps are like that.
ParallelWindows::Best ParallelWindows::plain_way() const {
  Best best;
  double longest_ms = 0;
  double mean = own_mean_;
  for (std::size_t i = 0; i < offloads_.size(); ++i) {
    if (offloads_[i].count == 0) continue;
    Option way{offloads_[i].ms, offloads_[i].mean, {}};
    if (!add_returns(i + 1, way)) return best;
    longest_ms = std::max(longest_ms, way.ms);
    mean += way.mean;
  }
  for (std::size_t start = 0; start < starts_->size(); ++start) {
    const double ms = std::max((*starts_)[start].part_ms + own_ms_, longest_ms);
    const double cost = (*starts_)[start].cost + mean + per_ms_ * ms;
    if (cost < best.cost) best = {cost, start, {}};
  }
  return best;
}

// The step's duration is that of its own work or of one of the offloads' ways: for each, the cheapest that keep it.
ParallelWindows::Best ParallelWindows::best_way() {
  if (std::ranges::all_of(offloads_, [](const Offload& each) { return each.count == 0 || each.choices.empty(); }))
    return plain_way();
  Best best;
  std::vector<std::vector<Option>> ways(offloads_.size());
  for (std::size_t i = 0; i < offloads_.size(); ++i) {
    if (offloads_[i].count == 0) continue;
    Option fastest{offloads_[i].ms, offloads_[i].mean, {}};
    if (!add_returns(i + 1, fastest)) return best;
    ways[i] = ways_of(offloads_[i], fastest);
  }
  for (std::size_t start = 0; start < starts_->size(); ++start) {
    const double own_ms = (*starts_)[start].part_ms + own_ms_;
    try_duration(ways, start, own_ms, best);
    for (const auto& of_offload : ways) {
      for (const auto& way : of_offload) {
        if (way.ms > own_ms) try_duration(ways, start, way.ms, best);
      }
    }
  }
  return best;
}

void ParallelWindows::try_duration(const std::vector<std::vector<Option>>& ways, std::size_t start, double ms,
                                   Best& best) const {
  double cost = (*starts_)[start].cost + own_mean_ + per_ms_ * ms;
  std::vector<Option> options(ways.size());
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (ways[i].empty()) continue;
    const auto slower = std::ranges::upper_bound(ways[i], ms, {}, &Option::ms);
    if (slower == ways[i].begin()) return;
    options[i] = *std::prev(slower);
    cost += options[i].mean;
  }
  if (cost < best.cost) best = {cost, start, std::move(options)};
}

std::vector<Handed> ParallelWindows::handings(std::size_t target, const StepStart& start,
                                              const std::vector<Assigned>& window) {
  begin(target);
  const std::vector<StepStart> starts = {start};
  starts_ = &starts;
  for (const auto& assigned : window) {
    std::size_t executor = 0;
    while (assigned.link != kOwn && offloads_[executor++].link != assigned.link) continue;
    put(assigned.item, executor);
  }
  const Best best = best_way();
  std::vector<Handed> handed;
  for (std::size_t i = 0; i < offloads_.size(); ++i) {
    for (std::size_t tensor = 0; tensor < items_.tensors.size(); ++tensor) {
      if (handed_[i * items_.tensors.size() + tensor] == 0) continue;
      const auto& choices = offloads_[i].choices;
      const auto choice = std::ranges::find(choices, tensor);
      const std::size_t pick =
          choice == choices.end() ? 0 : best.options[i].picks[static_cast<std::size_t>(choice - choices.begin())];
      handed.push_back({offloads_[i].link, tensor, options_of(tensor, offloads_[i].link)[pick].encoding});
    }
  }
  for (std::size_t i = window.size(); i-- > 0;) take_back(window[i].item, executor_[window[i].item]);
  return handed;
}

}  // namespace tandem::plan
