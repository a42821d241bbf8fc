// A Problem as solvers see it, under one exit policy: which blocks run and how often, and the objective and limits as
// linear functionals of the elements of a plan. Private to plan/.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "plan/plan.h"
#include "plan/problem.h"

namespace tandem::plan {

// The blocks that run under a policy. Solvers count them by rank: their place in `order`. Can be moved, not copied.
struct Scenario {
  struct ActiveTensor {
    std::size_t tensor = 0;                 // of the problem
    std::size_t producer = kNone;           // rank
    std::span<const std::size_t> readers;   // ranks, ascending; at least one
  };

  Scenario() = default;
  Scenario(Scenario&&) = default;
  Scenario& operator=(Scenario&&) = default;

  std::size_t policy = 0;
  std::vector<std::size_t> order;    // blocks by (level, index): a topological order
  std::vector<std::size_t> level;    // by rank
  std::vector<double> time_reach;    // by level: weight of what happens there in times (quantile or mean)
  std::vector<double> mean_reach;    // by level: the share of requests that get there
  std::vector<ActiveTensor> tensors;  // those that some rank reads
  double accuracy = 100;
  bool is_total_order = false;  // no other order is possible: every plan cuts at positions in it

  std::size_t size() const { return order.size(); }
  std::size_t level_count() const { return mean_reach.size(); }

  // Numbers of the active tensors that are made before rank `cut` and read from there on.
  std::span<const std::size_t> frontier(std::size_t cut) const {
    return std::span(frontier_tensors).subspan(frontier_start[cut], frontier_start[cut + 1] - frontier_start[cut]);
  }

  std::vector<std::size_t> all_readers;  // what `readers` show
  std::vector<std::size_t> frontier_tensors, frontier_start;
};

Scenario make_scenario(const Problem& problem, std::size_t policy);

// A linear functional: what each element of a plan adds to a metric or a weighted sum of metrics. Coefficients stand
// for one millisecond or byte; a level's reach multiplies them.
class Functional {
 public:
  Functional() = default;
  explicit Functional(const Problem& problem);  // zero

  void add_latency(const Problem& problem, double weight);
  void add_compute(const std::vector<std::size_t>& targets, double weight);
  void add_exchange(const std::vector<std::size_t>& links, double weight);
  void add_upload(const std::vector<std::size_t>& links, double weight);
  void add_energy(const Problem& problem, const std::vector<std::size_t>& targets, double weight);
  void add_error(double weight) { error_ += weight; }

  // Values: of a block of `milliseconds` on a target (load included), of a hop, of one tensor that crosses.
  double compute(std::size_t target, double milliseconds, double time_reach, double mean_reach) const {
    return milliseconds * (compute_time_[target] * time_reach + compute_mean_[target] * mean_reach);
  }
  double hop(const Problem& problem, std::size_t link, double time_reach, double mean_reach) const;
  double crossing(const Problem& problem, const Encoding& encoding, std::size_t link, double time_reach,
                  double mean_reach) const;

  // The same for an encoding that is bytes and nothing else: what one byte adds.
  double byte_time(const Problem& problem, std::size_t link) const;
  double byte_mean(const Problem& problem, std::size_t link) const;

  // this += weight × other
  void add(const Functional& other, double weight);

 private:
  std::vector<double> compute_time_, compute_mean_;                              // by target
  std::vector<double> exchange_time_, upload_mean_, sending_mean_, answer_mean_;  // by link
  double error_ = 0;
};

struct Limit {
  Functional functional;
  double limit = 0;
  double slack = 0;  // what rounding may add

  bool holds(double value) const { return value <= limit + slack; }
};

// Whether a limit holds but for rounding; price.h judges alike.
inline double slack_of(double limit) {
  return 1e-9 * std::abs(limit) + 1e-12;
}
inline bool is_within(double value, double limit) {
  return limit == kUnlimited || value <= limit + slack_of(limit);
}

// Milliseconds that a thing takes, loads included.
struct Times {
  static double upload_ms(const Link& link, double bytes);
  static double download_ms(const Link& link, double bytes);
  static double encode_ms(const Problem& problem, const Encoding& encoding, std::size_t link);
  static double decode_ms(const Problem& problem, const Encoding& encoding, std::size_t link);
  static double total_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
    return encode_ms(problem, encoding, link) + upload_ms(problem.links[link], encoding.bytes) +
           decode_ms(problem, encoding, link);
  }
};

struct Query {
  const Problem* problem = nullptr;
  Scenario scenario;

  // Minimise the objective's functional, plus `constant`; or the period where it says so, and then the functional is the
  // latency, which counts by `tie_break` only. Where every plan of the policy
  // costs the same, `fixed_cost` is what, and the functional is the latency.
  Functional objective;
  double constant = 0;
  bool minimises_period = false;
  double tie_break = 0;  // cost per ms of latency, beside the objective's own: of equals the fastest
  std::optional<double> fixed_cost;

  // Subject to.
  double objective_limit = kUnlimited;          // on the objective's functional itself
  double period_limit = kUnlimited;             // on every stage's and link's busy time
  std::vector<Limit> limits;
  std::vector<double> memory_limit;             // by target
  std::vector<char> may_run;                    // [rank × targets + target]
  std::vector<char> may_use_link;               // by link: neither end is avoided
  std::vector<std::vector<std::size_t>> needed;  // of each set at least one target runs something

  std::size_t count = 1;
  double cutoff = kUnlimited;  // plans that cost more are of no use (constant included)
  std::function<bool()> must_stop;

  bool may(std::size_t rank, std::size_t target) const { return may_run[rank * target_count() + target] != 0; }
  std::size_t target_count() const { return problem->targets.size(); }
  bool has_memory_limits() const;
  // Nothing but a sum with unary rules: what dynamic programming and one minimum cut solve.
  bool is_additive() const;

  double block_ms(std::size_t rank, std::size_t target) const {
    const Target& costs = problem->targets[target];
    return costs.block_ms[scenario.order[rank]] * costs.load;
  }
  double stage_ms(std::size_t target) const {
    return problem->targets[target].stage_overhead_ms * problem->targets[target].load;
  }
  double block_cost(const Functional& functional, std::size_t rank, std::size_t target) const {
    const std::size_t level = scenario.level[rank];
    return functional.compute(target, block_ms(rank, target), scenario.time_reach[level], scenario.mean_reach[level]);
  }
  double stage_cost(const Functional& functional, std::size_t target, std::size_t level) const {
    return functional.compute(target, stage_ms(target), scenario.time_reach[level], scenario.mean_reach[level]);
  }
  double hop_cost(const Functional& functional, std::size_t link, std::size_t level) const {
    return functional.hop(*problem, link, scenario.time_reach[level], scenario.mean_reach[level]);
  }
  double crossing_cost(const Functional& functional, const Encoding& encoding, std::size_t link,
                       std::size_t level) const {
    return functional.crossing(*problem, encoding, link, scenario.time_reach[level], scenario.mean_reach[level]);
  }
  double memory_of(std::size_t rank) const { return problem->blocks[scenario.order[rank]].memory_bytes; }
  const std::vector<Encoding>& encodings_of(const Scenario::ActiveTensor& tensor) const {
    return problem->tensors[tensor.tensor].encodings;
  }
};

// `policy`: an index, 0 when the problem has none.
Query make_query(const Problem& problem, std::size_t policy);

// What a solver found. The decisions are distinct, best first by the query's own cost, which is `costs` beside them.
struct Findings {
  std::vector<Decision> decisions;
  std::vector<double> costs;
  double bound = kUnlimited;  // no decision of the query costs less
  bool is_proven = true;
  std::size_t steps = 0;
};

// One encoding that costs nothing but its bytes: then a crossing costs as many times what one byte does.
bool is_bytes_only(const std::vector<Encoding>& encodings);

// Makes the decision whose ranks run on these places of the route, with the given crossings (of active tensors' numbers).
Decision make_decision(const Query& query, std::vector<std::size_t> route, const std::vector<std::size_t>& position_of_rank);

}  // namespace tandem::plan
