// A Problem as solvers see it, under one exit policy: a scenario, and the objective and limits as functionals.
// Private to plan/solve/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/functional.h"
#include "plan/solve/scenario.h"
#include "plan/solve/segments.h"

namespace tandem::plan {

struct Query {
  const Problem* problem = nullptr;
  Scenario scenario;
  Segments segments;

  // Minimise the objective's functional plus `constant`. With minimises_period, minimise the period: the functional is
  // then zero. With fixed_cost, every plan of the policy has that cost, and the functional is the latency.
  Functional objective;
  double constant = 0;
  bool minimises_period = false;
  std::optional<double> fixed_cost;

  // Subject to.
  double objective_limit = kUnlimited;  // on the objective's functional itself
  double period_limit = kUnlimited;     // on every stage's and link's busy time
  std::vector<Limit> limits;
  std::vector<double> memory_limit;              // by target
  std::vector<char> may_run;                     // [rank × targets + target]
  std::vector<char> may_use_link;                // by link: neither end is avoided
  std::vector<std::vector<std::size_t>> needed;  // sets of targets; at least one target of each runs a block

  std::size_t count = 1;
  double cutoff = kUnlimited;  // plans that cost more are of no use (constant included)
  std::function<bool()> must_stop;

  bool may(std::size_t rank, std::size_t target) const { return may_run[rank * target_count() + target] != 0; }
  std::size_t target_count() const { return problem->targets.size(); }
  bool has_memory_limits() const;
  bool counts_period() const { return minimises_period || period_limit != kUnlimited; }
  // On quantities that are sums, memory or times; not on the targets that must be used.
  bool has_limits() const;
  // Whether the query is a sum with rules for single blocks and links only, as dynamic programming and one minimum cut
  // solve it.
  bool is_additive() const;
  // Leaves the rules for single blocks and links.
  void drop_limits();

  double block_ms(std::size_t rank, std::size_t target) const {
    return problem->targets[target].block_ms[scenario.order[rank]] * problem->targets[target].load;
  }
  // The share of requests whose busy times count at a phase, for each replica of a target, and for each link between
  // replicas; 0 where the query asks for no period.
  double busy_reach(std::size_t phase, std::size_t target) const {
    return counts_period() ? mean_share(phase, target) : 0;
  }
  double link_reach(std::size_t phase, std::size_t link) const { return counts_period() ? link_share(phase, link) : 0; }
  // The same, whatever the query asks for.
  double mean_share(std::size_t phase, std::size_t target) const {
    return scenario.mean_reach[phase] / static_cast<double>(problem->targets[target].replicas);
  }
  double link_share(std::size_t phase, std::size_t link) const {
    const Link& ends = problem->links[link];
    return std::min(mean_share(phase, ends.from), mean_share(phase, ends.to));
  }
  double stage_ms(std::size_t target) const {
    return problem->targets[target].stage_overhead_ms * problem->targets[target].load;
  }
  // Of a further part of a stage, behind an exit.
  double part_ms(std::size_t target) const { return problem->targets[target].exit_ms * problem->targets[target].load; }
  // What a block of a chain adds for beginning a stage, or a further part of one.
  double begin_ms(std::size_t rank, std::size_t target, bool begins_stage) const {
    if (begins_stage) return stage_ms(target);
    return scenario.begins_phase(rank) ? part_ms(target) : 0;
  }
  double block_cost(const Functional& functional, std::size_t rank, std::size_t target) const {
    const std::size_t phase = scenario.phase[rank];
    return functional.compute(target, block_ms(rank, target), scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  double stage_cost(const Functional& functional, std::size_t target, std::size_t phase) const {
    return functional.stage(target) +
           functional.compute(target, stage_ms(target), scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  double part_cost(const Functional& functional, std::size_t target, std::size_t phase) const {
    return functional.compute(target, part_ms(target), scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  double begin_cost(const Functional& functional, std::size_t rank, std::size_t target, bool begins_stage) const {
    const std::size_t phase = scenario.phase[rank];
    if (begins_stage) return stage_cost(functional, target, phase);
    return scenario.begins_phase(rank) ? part_cost(functional, target, phase) : 0;
  }
  // Of a measured stage, and beyond the sum of its parts.
  double segment_cost(const Functional& functional, std::size_t target, const Segments::Known& segment) const {
    const std::size_t phase = scenario.phase[segment.begin];
    return functional.stage(target) +
           functional.compute(target, segment.ms, scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  double extra_cost(const Functional& functional, std::size_t target, const Segments::Known& segment) const {
    const std::size_t phase = scenario.phase[segment.begin];
    return functional.compute(target, segment.extra_ms, scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  // The least that segments add to a plan: at most one in each tier.
  double least_extras(const Functional& functional) const;
  double hop_cost(const Functional& functional, std::size_t link, std::size_t phase) const {
    return functional.hop(*problem, scenario.policy, link, scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  double crossing_cost(const Functional& functional, const Encoding& encoding, std::size_t link,
                       std::size_t phase) const {
    return functional.crossing(*problem, encoding, link, scenario.time_reach[phase], scenario.mean_reach[phase]);
  }
  // In the cheapest of these encodings; kUnlimited without any.
  double least_crossing_cost(const Functional& functional, const std::vector<Encoding>& encodings, std::size_t link,
                             std::size_t phase) const {
    double least = kUnlimited;
    for (const auto& encoding : encodings) {
      if (can_send(*problem, encoding, link)) least = std::min(least, crossing_cost(functional, encoding, link, phase));
    }
    return least;
  }
  double memory_of(std::size_t rank) const { return problem->blocks[scenario.order[rank]].memory_bytes; }
  const std::vector<Encoding>& encodings_of(const Scenario::ActiveTensor& tensor) const {
    static const std::vector<Encoding> kNothing;
    return tensor.is_tie() ? kNothing : problem->tensors[tensor.tensor].encodings;
  }
};

// The value of the objective's functional, and of the functional of each limit.
struct FunctionalValues {
  double objective = 0;
  std::vector<double> limits;

  void add(const FunctionalValues& other) {
    objective += other.objective;
    for (std::size_t i = 0; i < limits.size(); ++i) limits[i] += other.limits[i];
  }
};
inline bool is_no_greater(const FunctionalValues& a, const FunctionalValues& b) {
  return a.objective <= b.objective &&
         std::equal(a.limits.begin(), a.limits.end(), b.limits.begin(), std::less_equal<>());
}
template <class Value>
void add_values(FunctionalValues& values, const Query& query, const Value& value_of_functional) {
  values.objective += value_of_functional(query.objective);
  for (std::size_t i = 0; i < query.limits.size(); ++i)
    values.limits[i] += value_of_functional(query.limits[i].functional);
}
template <class Value>
FunctionalValues values_of(const Query& query, const Value& value_of_functional) {
  FunctionalValues values{0, std::vector<double>(query.limits.size())};
  add_values(values, query, value_of_functional);
  return values;
}

// `policy`: an index, 0 when the problem has none.
Query make_query(const Problem& problem, std::size_t policy);

// The links that a plan may use, by the tier that they start from.
std::vector<std::size_t> links_by_tier(const Query& query);

// A solver's answer. The decisions are distinct, best first by the query's own cost; `costs` has that cost of each.
struct Findings {
  std::vector<Decision> decisions;
  std::vector<double> costs;
  double bound = kUnlimited;       // no decision of the query costs less
  double open_bound = kUnlimited;  // of a search that was stopped: no other decision costs less
  bool is_proven = true;
  std::size_t steps = 0;
};

// The decision whose ranks run at these positions of the route, still without crossings.
Decision make_decision(const Query& query, std::vector<std::size_t> route,
                       const std::vector<std::size_t>& position_of_rank);

}  // namespace tandem::plan
