#include "plan/solve/linear_costs.h"

#include <utility>

namespace tandem::plan {
namespace {

std::vector<double> in_one_list(const FunctionalValues& values) {
  std::vector<double> list = {values.objective};
  list.insert(list.end(), values.limits.begin(), values.limits.end());
  return list;
}

}  // namespace

LinearCosts::LinearCosts(const Query& query, std::size_t most_options)
    : query_(query),
      targets_(query.target_count()),
      width_(1 + query.limits.size()),
      row_(width_ + 2),
      most_options_(most_options) {
  const std::size_t count = query.scenario.size();
  blocks_.assign(targets_ * (count + 1) * row_, 0);
  firsts_ = rests_ = blocks_;
  end_.assign(targets_ * (count + 1), count);
  for (std::size_t target = 0; target < targets_; ++target) add_target(target);
  hops_.resize(count * targets_);
  links_.resize(targets_);
  for (const std::size_t link : links_by_tier(query)) links_[query.problem->links[link].from].push_back(link);
}

const std::vector<LinearCosts::Hop>& LinearCosts::hops(std::size_t target, std::size_t cut) {
  auto& known = hops_[cut * targets_ + target];
  if (known) return *known;
  std::vector<Hop> hops;
  for (const std::size_t link : links_[target]) add_hops(link, cut, hops);
  known = std::make_unique<const std::vector<Hop>>(std::move(hops));
  return *known;
}

std::vector<double> LinearCosts::row_of(std::size_t rank, std::size_t target, bool begins_stage) const {
  if (!query_.may(rank, target)) return std::vector<double>(row_, 0);  // end() rules it out
  auto row = in_one_list(values_of(query_, [&](const Functional& each) {
    return query_.block_cost(each, rank, target) + query_.begin_cost(each, rank, target, begins_stage);
  }));
  row.push_back(query_.busy_reach(query_.scenario.phase[rank], target) *
                (query_.block_ms(rank, target) + query_.begin_ms(rank, target, begins_stage)));
  row.push_back(query_.memory_of(rank));
  return row;
}

std::vector<double> LinearCosts::row_of(const Segments::Known& segment, std::size_t target) const {
  auto row = in_one_list(
      values_of(query_, [&](const Functional& each) { return query_.segment_cost(each, target, segment); }));
  row.push_back(query_.busy_reach(query_.scenario.phase[segment.begin], target) * segment.ms);
  return row;
}

void LinearCosts::add_target(std::size_t target) {
  const std::size_t count = query_.scenario.size();
  for (std::size_t rank = count; rank-- > 0;) {
    const std::size_t here = at(target, rank) * row_;
    const auto first = row_of(rank, target, true);
    const auto block = row_of(rank, target, false);
    for (std::size_t i = 0; i < row_; ++i) {
      firsts_[here + i] = first[i];
      blocks_[here + i] = block[i];
      rests_[here + i] = block[i] + rests_[here + row_ + i];
    }
    end_[at(target, rank)] = query_.may(rank, target) ? end_[at(target, rank + 1)] : rank;
  }
}

bool LinearCosts::has_few_options(std::size_t cut) const {
  double options = 1;
  for (const std::size_t id : query_.scenario.frontier(cut))
    options *= static_cast<double>(query_.encodings_of(query_.scenario.tensors[id]).size());
  return options <= static_cast<double>(most_options_);
}

void LinearCosts::add_hops(std::size_t link, std::size_t cut, std::vector<Hop>& hops) const {
  const HopStep step = hop_step(query_, link, cut);
  auto options = has_few_options(cut) ? frontier_options(query_, link, cut) : cheapest_option(query_, link, cut);
  for (auto& option : options) {
    option.values.add(step.values);
    hops.push_back({link, step.to, in_one_list(option.values), option.encode_ms, option.upload_ms, option.decode_ms,
                    step.answer_ms, std::move(option.encodings)});
  }
}

}  // namespace tandem::plan
