#include "plan/solve/chain.h"

#include <algorithm>
#include <limits>

namespace tandem::plan {
namespace {

constexpr double kUnreached = std::numeric_limits<double>::infinity();

}  // namespace

bool chain_fits(const Query& query) {
  return query.count == 1 && query.scenario.is_total_order && query.is_additive();
}

Findings solve_chain(const Query& query) {
  ChainPlanner planner(query);
  Findings findings;
  findings.steps = 1;
  if (planner.solve(query.cutoff)) {
    findings.decisions.push_back(planner.decision());
    findings.costs.push_back(planner.cost());
    findings.bound = planner.cost();
  }
  return findings;
}

ChainPlanner::ChainPlanner(const Query& query)
    : query_(query),
      targets_(query.target_count()),
      fresh_(targets_),
      begun_(targets_),
      arrivals_((query.scenario.size() + 1) * targets_),
      begins_(query.scenario.size() * targets_) {
  const auto& problem = *query.problem;
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    if (query.may_use_link[link]) hops_.push_back({link, problem.links[link].from, problem.links[link].to, 0, 0, 0, 0});
  }
  std::ranges::stable_sort(hops_, {}, [&](const Hop& hop) { return problem.targets[hop.from].tier; });
  std::size_t most_crossings = 0;
  for (std::size_t cut = 0; cut < query.scenario.size(); ++cut) {
    const auto frontier = query.scenario.frontier(cut);
    double bytes = 0;
    bool is_plain = true;
    bool can_cut = true;
    for (const std::size_t id : frontier) {
      const auto& tensor = query.scenario.tensors[id];
      can_cut = can_cut && (tensor.is_plain() || !query.encodings_of(tensor).empty());
      is_plain = is_plain && tensor.is_plain();
      bytes += tensor.plain_bytes;
    }
    bytes_.push_back(bytes);
    is_plain_.push_back(is_plain);
    can_cut_.push_back(can_cut);
    most_crossings = std::max(most_crossings, frontier.size());
  }
  decision_.policy = query.scenario.policy;
  decision_.position.assign(problem.blocks.size(), kNone);
  decision_.route.reserve(problem.tiers.size());
  decision_.crossings.reserve(most_crossings * problem.tiers.size());
  refresh();
}

void ChainPlanner::refresh() {
  const auto& problem = *query_.problem;
  for (auto& hop : hops_) {
    hop.fixed_time = query_.objective.hop(problem, query_.scenario.policy, hop.link, 1, 0);
    hop.fixed_mean = query_.objective.hop(problem, query_.scenario.policy, hop.link, 0, 1);
    hop.byte_time = query_.objective.byte_time(problem, hop.link);
    hop.byte_mean = query_.objective.byte_mean(problem, hop.link);
  }
}

bool ChainPlanner::solve(double cutoff) {
  std::ranges::fill(fresh_, kUnreached);
  std::ranges::fill(begun_, kUnreached);
  fresh_[0] = 0;
  const std::size_t count = query_.scenario.size();
  for (std::size_t cut = 0; cut < count; ++cut) {
    if (can_cut_[cut]) take_hops(cut);
    run_block(cut);
  }
  const auto best = static_cast<std::size_t>(std::ranges::min_element(begun_) - begun_.begin());
  cost_ = begun_[best] + query_.constant;
  const bool is_found = begun_[best] < kUnreached && is_within(begun_[best], query_.objective_limit) && cost_ <= cutoff;
  if (is_found) trace(best);
  return is_found;
}

void ChainPlanner::take_hops(std::size_t cut) {
  const std::size_t phase = query_.scenario.phase[cut];
  const double time_reach = query_.scenario.time_reach[phase];
  const double mean_reach = query_.scenario.mean_reach[phase];
  const bool is_plain = is_plain_[cut];
  const double bytes = bytes_[cut];
  Arrival* const arrivals = arrivals_.data() + cut * targets_;
  const bool allows_relays = query_.problem->allows_relays;
  for (std::uint32_t i = 0; i < hops_.size(); ++i) {
    const Hop& hop = hops_[i];
    const bool had_begun = begun_[hop.from] <= fresh_[hop.from] || (!allows_relays && hop.from != 0);
    const double here = had_begun ? begun_[hop.from] : fresh_[hop.from];
    const double fixed = time_reach * hop.fixed_time + mean_reach * hop.fixed_mean;
    if (here + fixed >= fresh_[hop.to]) continue;  // also when it was not reached
    const double sent =
        is_plain ? bytes * (time_reach * hop.byte_time + mean_reach * hop.byte_mean) : frontier_cost(cut, hop.link);
    if (here + fixed + sent >= fresh_[hop.to]) continue;
    fresh_[hop.to] = here + fixed + sent;
    arrivals[hop.to] = {i, had_begun};
  }
}

double ChainPlanner::frontier_cost(std::size_t cut, std::size_t link) const {
  double sum = 0;
  for (const std::size_t id : query_.scenario.frontier(cut)) {
    sum += query_.least_crossing_cost(query_.objective, query_.encodings_of(query_.scenario.tensors[id]), link,
                                      query_.scenario.phase[cut]);
  }
  return sum;
}

void ChainPlanner::run_block(std::size_t rank) {
  const std::size_t phase = query_.scenario.phase[rank];
  const double time_reach = query_.scenario.time_reach[phase];
  const double mean_reach = query_.scenario.mean_reach[phase];
  char* const begins = begins_.data() + rank * targets_;
  for (std::size_t target = 0; target < targets_; ++target) {
    const Target& costs = query_.problem->targets[target];
    const double opened =
        fresh_[target] + query_.objective.compute(target, costs.stage_overhead_ms * costs.load, time_reach, mean_reach);
    begins[target] = opened < begun_[target];
    const double before = std::min(opened, begun_[target]);
    const double block_cost = query_.objective.compute(target, query_.block_ms(rank, target), time_reach, mean_reach);
    begun_[target] = query_.may(rank, target) ? before + block_cost : kUnreached;
    fresh_[target] = kUnreached;
  }
}

// Walks back from the last block on `target`, filling the decision from its end.
void ChainPlanner::trace(std::size_t target) {
  decision_.route.clear();
  decision_.crossings.clear();
  std::size_t cut = query_.scenario.size();
  bool has_begun = true;
  while (true) {
    decision_.route.push_back(target);
    const std::size_t place = decision_.route.size();  // counted from the end until the route is known
    while (has_begun) {
      --cut;
      decision_.position[query_.scenario.order[cut]] = place;
      has_begun = !begins_[cut * targets_ + target];
    }
    if (target == 0) break;
    const Arrival& arrival = arrivals_[cut * targets_ + target];
    add_crossings(cut, hops_[arrival.hop].link, place);
    target = hops_[arrival.hop].from;
    has_begun = arrival.had_begun;
  }
  const std::size_t length = decision_.route.size();
  std::ranges::reverse(decision_.route);
  for (const std::size_t block : query_.scenario.order) decision_.position[block] = length - decision_.position[block];
  for (auto& crossing : decision_.crossings) crossing.hop = length - 1 - crossing.hop;
  std::ranges::sort(decision_.crossings);
}

void ChainPlanner::add_crossings(std::size_t cut, std::size_t link, std::size_t place) {
  for (const std::size_t id : query_.scenario.frontier(cut)) {
    const auto& encodings = query_.encodings_of(query_.scenario.tensors[id]);
    std::size_t best = 0;
    double least = kUnreached;
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      const double cost = query_.crossing_cost(query_.objective, encodings[i], link, query_.scenario.phase[cut]);
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    decision_.crossings.push_back({place, query_.scenario.tensors[id].tensor, best});
  }
}

}  // namespace tandem::plan
