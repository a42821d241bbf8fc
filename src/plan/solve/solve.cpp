#include "plan/solve/solve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "plan/judge/price.h"
#include "plan/solve/bypass.h"
#include "plan/solve/choice.h"
#include "plan/solve/floor.h"
#include "plan/solve/linear.h"
#include "plan/solve/local_search.h"
#include "plan/solve/parallel.h"
#include "plan/solve/query.h"
#include "plan/solve/ties.h"
#include "plan/solve/unrolled.h"
#include "plan/solve/waits.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kParallel = "parallel";
constexpr std::size_t kOpeningSteps = 1'000'000;  // plans priced before a search
constexpr std::size_t kDescentSteps = 1'000;      // neighbours priced

// An answer that does not hold is a bug of the solver, and must not leave this folder.
void verify_cost(double actual, double claimed, const char* solver) {
  if (std::abs(actual - claimed) > 1e-6 * std::max(std::abs(actual), std::abs(claimed))) {
    throw Error(ErrorKind::Internal,
                fmt::format("solver '{}' claims a cost of {}, its plan costs {}", solver, claimed, actual));
  }
}

void verify(const Problem& problem, const Plan& plan, double actual, double claimed, const char* solver) {
  verify_cost(actual, claimed, solver);
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
    if (excess_of(problem, plan, i) <= 1e-6) continue;
    throw Error(ErrorKind::Internal,
                fmt::format("solver '{}' breaks the constraint '{}'", solver, problem.constraints[i].text));
  }
}

// The cost of a plan by the query.
double cost_in(const Query& query, const Plan& plan) {
  return query.fixed_cost ? plan.latency_ms : plan.cost;
}

// What is known of the plans of a policy.
struct Known {
  double bound = -kUnlimited;  // none costs less
  double open = -kUnlimited;   // nor does any that was not found
  bool is_proven = false;      // all that are of use were found

  void raise(double new_bound, double new_open) {
    bound = std::max(bound, new_bound);
    open = std::max(open, new_open);
  }
};

// Solves the problem policy by policy: where time is limited, first for the best plan alone.
class Search {
 public:
  Search(const Problem& problem, const SolveOptions& options)
      : problem_(problem),
        unrolled_(problem),
        options_(options),
        policies_(std::max<std::size_t>(1, problem.policies.size())),
        parallel_(policies_.size()) {}

  Solution run() {
    if (options_.solver == kParallel) require_parallel();
    if (options_.count > 1 && options_.must_stop && !pass(1)) return finished();
    solution_.is_proven = pass(options_.count) || solution_.is_proven;
    return finished();
  }

 private:
  // Throws unless work in parallel is allowed under some policy.
  void require_parallel() const {
    for (std::size_t policy = 0; policy < policies_.size(); ++policy) {
      if (allows_parallel(make(policy))) return;
    }
    choose_solver(make(0), kParallel);
  }

  // Whether the `count` best plans are proven. Of several passes the last one may only list more plans.
  bool pass(std::size_t count) {
    count_ = count;
    for (std::size_t policy = 0; policy < policies_.size(); ++policy) {
      try_policy(policy);
      try_parallel(policy);
    }
    has_opened_ = true;
    is_complete_ = std::ranges::all_of(policies_, &Known::is_proven);
    if (is_complete_ && may_tie(problem_.objective)) settle_ties();
    const bool is_best_proven = is_complete_ && std::ranges::all_of(parallel_, &Known::is_proven);
    // Of plans with work in parallel, only the best is looked for.
    is_complete_ = is_best_proven && (count == 1 || !problem_.allows_parallel);
    solution_.is_proven = is_best_proven || (count > 1 && options_.must_stop);
    return is_complete_;
  }

  void try_policy(std::size_t policy) {
    Known& known = policies_[policy];
    known.is_proven = false;
    Query query = make(policy);
    known.raise(floor_of(query), floor_of(query));
    if (rules_out(query)) {
      known.is_proven = true;
      return;
    }
    const bool is_simple = query.is_additive() && count_ == 1;
    if (!is_simple && options_.opens) {
      if (count_ == 1 && !query.minimises_period && solves_without_limits(policy)) return;
      if (!has_opened_) open(query);
    }
    set_cutoff(query);
    const Solver& solver = choose_solver(query, options_.solver == kParallel ? "" : options_.solver);
    take(known, query, solver.solve(query), solver.name);
  }

  // The best plan with work in parallel: once for all passes. Limits are not searched for, but the plans found may keep
  // them; where the best one does, or no plan is better than the best that is known, that is the proof.
  void try_parallel(std::size_t policy) {
    Known& known = parallel_[policy];
    if (known.is_proven || known.bound > -kUnlimited) return;
    known = {kUnlimited, kUnlimited, true};
    if (!problem_.allows_parallel) return;
    Query query = make(policy);
    if (!allows_parallel(query) || rules_out(query)) return;
    const double latency_limit = query.objective_limit;
    query.drop_limits();
    set_cutoff(query, solution_.plans.empty() ? nullptr : &solution_.plans.front());
    const Findings findings = solve_parallel(query);
    solution_.solver = kParallel;
    solution_.steps += findings.steps;
    known.bound = known.open = query.fixed_cost ? *query.fixed_cost : findings.bound;
    known.is_proven = findings.is_proven;
    // Where a tier has links within it, its states lead on to unvisited targets only; offloads may go to any.
    if (&unrolled_.problem() != &problem_) {
      known.is_proven = false;
      if (!query.fixed_cost)
        known.bound = known.open = std::min(known.bound, parallel_floor(make_query(problem_, policy)));
    }
    for (std::size_t i = 0; i < findings.decisions.size(); ++i) {
      Plan plan = priced(findings.decisions[i]);
      verify_cost(cost_in(query, plan), findings.costs[i], kParallel);
      if (i == 0 && !is_feasible(problem_, plan) && is_within(findings.costs[0], latency_limit))
        known.is_proven = false;
      add(std::move(plan));
    }
  }

  Query make(std::size_t policy) const {
    Query query = make_query(unrolled_.problem(), policy);
    query.count = count_;
    query.must_stop = options_.must_stop;
    return query;
  }

  Plan priced(const Decision& decision) const { return price(problem_, unrolled_.original(decision)); }

  // The plan that others must beat; nullptr: there are fewer than asked for.
  const Plan* worst() const { return solution_.plans.size() < count_ ? nullptr : &solution_.plans[count_ - 1]; }

  bool rules_out(const Query& query) const {
    return worst() != nullptr && query.fixed_cost && *query.fixed_cost > with_rounding(worst()->cost);
  }

  void set_cutoff(Query& query) const { set_cutoff(query, worst()); }
  void set_cutoff(Query& query, const Plan* worst) const {
    if (worst == nullptr) return;
    if (query.fixed_cost && with_rounding(*query.fixed_cost) < worst->cost) return;
    query.cutoff = with_rounding(cost_in(query, *worst));
  }

  // The plans so far are of least cost. Those that cost less than the last of them are all there; of those that cost as
  // much, the fastest belong there.
  void settle_ties() {
    if (worst() == nullptr) return;
    const double cost = with_rounding(worst()->cost);
    for (std::size_t policy = 0; policy < policies_.size(); ++policy) {
      Query query = make(policy);
      if (query.fixed_cost || policies_[policy].bound > with_rounding(cost)) continue;
      query = fastest_within(cost, worst()->latency_ms, std::move(query));
      const Findings findings = choose_solver(query, "").solve(query);
      solution_.steps += findings.steps;
      for (const auto& decision : findings.decisions) add(priced(decision));
    }
  }

  // Whether the best plan without limits keeps them all, or there is none: then the policy needs no search.
  bool solves_without_limits(std::size_t policy) {
    Query query = make(policy);
    query.drop_limits();
    set_cutoff(query);
    const Solver& solver = choose_solver(query, "");
    const Findings findings = solver.solve(query);
    Known& known = policies_[policy];
    note(known, query, findings, solver.name);
    if (!findings.decisions.empty()) {
      Plan plan = priced(findings.decisions.front());
      known.is_proven = findings.is_proven && is_feasible(problem_, plan);
      add(std::move(plan));
    }
    return known.is_proven;
  }

  // Plans to start from: native plans, others that cut the order, and their neighbours.
  void open(const Query& query) {
    const Findings findings = begin_linear(query, kOpeningSteps);
    for (const auto& decision : findings.decisions) add(priced(decision));
    if (findings.decisions.empty()) return;
    const auto better = improve(query, findings.decisions.front(), kDescentSteps);
    if (better) add(priced(*better));
  }

  // Keeps a plan that is feasible, new and among the best.
  void add(Plan plan) {
    auto& plans = solution_.plans;
    if (!is_feasible(problem_, plan)) return;
    for (const auto& other : plans) {
      if (other.decision == plan.decision) return;
    }
    plans.insert(std::ranges::upper_bound(plans, plan, is_better), std::move(plan));
    if (plans.size() > options_.count) plans.pop_back();
  }

  // A solver's answer as bounds of the policy.
  void note(Known& known, const Query& query, const Findings& findings, const char* solver) {
    solution_.solver = solver;
    solution_.steps += findings.steps;
    known.is_proven = findings.is_proven && findings.decisions.size() < count_;
    const double cutoff = findings.is_proven ? query.cutoff : kUnlimited;
    const double best = findings.decisions.empty() ? cutoff : findings.costs.front();
    const double others = findings.decisions.size() < count_ ? cutoff : findings.costs.back();
    if (query.fixed_cost) return known.raise(best == kUnlimited && findings.is_proven ? best : *query.fixed_cost, 0);
    known.raise(findings.is_proven ? best : findings.bound, findings.is_proven ? others : findings.open_bound);
  }

  void take(Known& known, const Query& query, const Findings& findings, const char* solver) {
    note(known, query, findings, solver);
    known.is_proven = findings.is_proven;
    for (std::size_t i = 0; i < findings.decisions.size(); ++i) {
      Plan plan = priced(findings.decisions[i]);
      verify(problem_, plan, cost_in(query, plan), findings.costs[i], solver);
      add(std::move(plan));
    }
  }

  double least_of(double Known::*bound) const {
    double least = kUnlimited;
    for (const auto* all : {&policies_, &parallel_}) {
      for (const auto& known : *all) least = std::min(least, known.*bound);
    }
    return least;
  }

  Solution finished() {
    auto& plans = solution_.plans;
    solution_.bound = least_of(&Known::bound);
    solution_.open_bound = std::max(solution_.bound, least_of(&Known::open));
    solution_.proven = is_complete_ ? plans.size() : 0;
    if (plans.empty()) return std::move(solution_);
    if (solution_.is_proven) solution_.bound = plans[0].cost;
    solution_.bound = std::min(solution_.bound, plans[0].cost);
    if (is_complete_) return std::move(solution_);
    solution_.proven = solution_.is_proven ? 1 : 0;
    const double limit = solution_.open_bound;
    while (solution_.proven > 0 && solution_.proven < plans.size() &&
           plans[solution_.proven].cost <= with_rounding(limit))
      ++solution_.proven;
    return std::move(solution_);
  }

  const Problem& problem_;
  const Unrolled unrolled_;
  const SolveOptions& options_;
  std::vector<Known> policies_;
  std::vector<Known> parallel_;  // of their plans with work in parallel
  std::size_t count_ = 1;
  bool has_opened_ = false;
  bool is_complete_ = false;
  Solution solution_;
};

// Work in parallel is not planned with these yet.
void check_parallel(const Problem& problem) {
  if (!problem.allows_parallel) return;
  if (problem.allows_bypass)
    throw Error(ErrorKind::Unsupported, "work in parallel goes without a bypass so far, expected one of the two");
  const auto has_more = [](const Target& each) {
    return !each.segments.empty() || each.replicas > 1 || each.price_per_hour > 0;
  };
  const bool asks_more = std::ranges::any_of(problem.targets, has_more) ||
                         std::ranges::any_of(problem.links, [](const Link& each) { return each.price_per_gb > 0; }) ||
                         std::ranges::any_of(problem.constraints, [](const Constraint& each) {
                           return each.kind == ConstraintKind::Together;
                         });
  if (asks_more)
    throw Error(ErrorKind::Unsupported,
                "work in parallel goes without prices, segments, replicas and 'together' so far");
}

}  // namespace

Solution solve(const Problem& problem, const SolveOptions& options) {
  check_parallel(problem);
  if (has_waits(problem)) return solve_with_waits(problem, options);
  Solution solution = Search(problem, options).run();
  return wants_bypass(problem) ? add_bypass(problem, options, std::move(solution)) : solution;
}

double Solution::gap(std::size_t index) const {
  const double cost = plans[index].cost;
  if (index < proven || (index == 0 && is_proven) || cost == 0) return 0;
  return std::max(0.0, (cost - (index == 0 ? bound : open_bound)) / std::abs(cost));
}

}  // namespace tandem::plan
