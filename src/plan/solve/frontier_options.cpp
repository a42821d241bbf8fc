#include "plan/solve/frontier_options.h"

#include <algorithm>
#include <utility>

namespace tandem::plan {
namespace {

// The option with one more tensor of the frontier, in one of its encodings.
FrontierOption with_tensor(const Query& query, const FrontierOption& option, const std::vector<Encoding>& encodings,
                           std::size_t encoding, std::size_t link, std::size_t phase) {
  const Encoding& costs = encodings[encoding];
  const Link& ends = query.problem->links[link];
  FrontierOption next = option;
  next.encodings.push_back(static_cast<std::uint8_t>(encoding));
  add_values(next.values, query,
             [&](const Functional& functional) { return query.crossing_cost(functional, costs, link, phase); });
  next.encode_ms += query.busy_reach(phase, ends.from) * Times::encode_ms(*query.problem, costs, link);
  next.upload_ms += query.link_reach(phase, link) * Times::upload_ms(ends, costs.bytes);
  next.decode_ms += query.busy_reach(phase, ends.to) * Times::decode_ms(*query.problem, costs, link);
  return next;
}

bool is_no_worse(const FrontierOption& a, const FrontierOption& b) {
  return a.encode_ms <= b.encode_ms && a.upload_ms <= b.upload_ms && a.decode_ms <= b.decode_ms &&
         is_no_greater(a.values, b.values);
}

// Among equals the first one counts.
bool is_beaten(const std::vector<FrontierOption>& options, std::size_t index, std::size_t count) {
  std::size_t beaten_by = 0;
  for (std::size_t other = 0; other < options.size() && beaten_by < count; ++other) {
    if (other == index || !is_no_worse(options[other], options[index])) continue;
    if (other < index || !is_no_worse(options[index], options[other])) ++beaten_by;
  }
  return beaten_by >= count;
}

std::vector<FrontierOption> undominated(std::vector<FrontierOption> options, std::size_t count) {
  std::vector<char> is_kept;
  for (std::size_t i = 0; i < options.size(); ++i) is_kept.push_back(!is_beaten(options, i, count));
  std::vector<FrontierOption> kept;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (is_kept[i]) kept.push_back(std::move(options[i]));
  }
  return kept;
}

}  // namespace

std::vector<FrontierOption> frontier_options(const Query& query, std::size_t link, std::size_t cut) {
  const auto frontier = query.scenario.frontier(cut);
  return frontier_options(query, link, query.scenario.phase[cut],
                          std::vector<std::uint32_t>(frontier.begin(), frontier.end()));
}

std::vector<FrontierOption> frontier_options(const Query& query, std::size_t link, std::size_t phase,
                                             std::span<const std::uint32_t> tensors) {
  std::vector<FrontierOption> options(1);
  options[0].values.limits.resize(query.limits.size());
  for (const std::uint32_t id : tensors) {
    const auto& encodings = query.encodings_of(query.scenario.tensors[id]);
    std::vector<FrontierOption> longer;
    longer.reserve(options.size() * encodings.size());
    for (const auto& option : options) {
      for (std::size_t i = 0; i < encodings.size(); ++i) {
        if (can_send(*query.problem, encodings[i], link))
          longer.push_back(with_tensor(query, option, encodings, i, link, phase));
      }
    }
    options = encodings.size() == 1 ? std::move(longer) : undominated(std::move(longer), query.count);
  }
  return options;
}

std::vector<FrontierOption> cheapest_option(const Query& query, std::size_t link, std::size_t cut) {
  const std::size_t phase = query.scenario.phase[cut];
  FrontierOption option;
  option.values.limits.resize(query.limits.size());
  for (const std::size_t id : query.scenario.frontier(cut)) {
    const auto& encodings = query.encodings_of(query.scenario.tensors[id]);
    const auto cost = [&](const Encoding& each) {
      const bool may = can_send(*query.problem, each, link);
      return may ? query.crossing_cost(query.objective, each, link, phase) : kUnlimited;
    };
    const auto best = std::ranges::min_element(encodings, {}, cost);
    if (best == encodings.end() || !can_send(*query.problem, *best, link)) return {};
    option = with_tensor(query, option, encodings, static_cast<std::size_t>(best - encodings.begin()), link, phase);
  }
  return {option};
}

}  // namespace tandem::plan
