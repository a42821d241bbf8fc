#include "plan/solve/solve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "plan/judge/price.h"
#include "plan/solve/chain.h"
#include "plan/solve/cut.h"
#include "plan/solve/labels.h"
#include "plan/solve/query.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

struct Solver {
  const char* name;
  bool (*fits)(const Query& query);
  Findings (*solve)(const Query& query);
};

constexpr Solver kSolvers[] = {
    {"chain", chain_fits, solve_chain},
    {"labels", labels_fit, solve_labels},
    {"cut", cut_fits, solve_cut},
};

const Solver& choose(const Query& query, const std::string& name) {
  for (const Solver& solver : kSolvers) {
    if (!name.empty() && name != solver.name) continue;
    if (solver.fits(query)) return solver;
    if (!name.empty()) throw Error(ErrorKind::Unsupported, fmt::format("solver '{}' does not fit this problem", name));
  }
  throw Error(ErrorKind::InvalidInput,
              fmt::format("no solver '{}', expected one of: {}", name, fmt::join(solver_names(), ", ")));
}

// An answer that does not hold is a bug of the solver, and must not leave this folder.
void verify(const Problem& problem, const Plan& plan, double actual, double claimed, const char* solver) {
  if (std::abs(actual - claimed) > 1e-6 * std::max(1.0, std::abs(claimed))) {
    throw Error(ErrorKind::Internal,
                fmt::format("solver '{}' claims a cost of {}, its plan costs {}", solver, claimed, actual));
  }
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
    if (excess_of(problem, plan, i) <= 1e-6) continue;
    throw Error(ErrorKind::Internal,
                fmt::format("solver '{}' breaks the constraint '{}'", solver, problem.constraints[i].text));
  }
}

double rounding_of(double cost) {
  return 1e-9 * std::max(1.0, std::abs(cost));
}

// Costs that differ only by rounding are equal.
bool is_better(const Plan& a, const Plan& b) {
  const bool is_same = std::abs(a.cost - b.cost) <= rounding_of(b.cost);
  return is_same ? a.latency_ms < b.latency_ms : a.cost < b.cost;
}

// Solves the problem policy by policy.
class Search {
 public:
  Search(const Problem& problem, const SolveOptions& options) : problem_(problem), options_(options) {
    solution_.bound = kUnlimited;
  }

  Solution run() {
    for (std::size_t policy = 0; policy < std::max<std::size_t>(1, problem_.policies.size()); ++policy)
      try_policy(policy);
    // Solvers break ties by a small weight of the latency, so their bounds may lie above the cost.
    if (solution_.is_proven && !solution_.plans.empty())
      solution_.bound = std::min(solution_.bound, solution_.plans[0].cost);
    return std::move(solution_);
  }

 private:
  bool is_full() const { return solution_.plans.size() >= options_.count; }

  // The cost of a plan by the query.
  static double cost_in(const Query& query, const Plan& plan) {
    return query.fixed_cost ? plan.latency_ms : plan.cost + query.tie_break * plan.latency_ms;
  }

  void try_policy(std::size_t policy) {
    Query query = make_query(problem_, policy);
    query.count = options_.count;
    query.must_stop = options_.must_stop;
    if (is_full()) {
      const Plan& worst = solution_.plans.back();
      if (query.fixed_cost && *query.fixed_cost > worst.cost + rounding_of(worst.cost)) return;
      if (!query.fixed_cost) query.cutoff = cost_in(query, worst) + rounding_of(worst.cost);
    }
    const Solver& solver = choose(query, options_.solver);
    const Findings findings = solver.solve(query);
    solution_.solver = solver.name;
    solution_.steps += findings.steps;
    solution_.is_proven = solution_.is_proven && findings.is_proven;
    const bool is_empty = findings.is_proven && findings.decisions.empty();
    solution_.bound = std::min(solution_.bound, query.fixed_cost && !is_empty ? *query.fixed_cost : findings.bound);
    for (std::size_t i = 0; i < findings.decisions.size(); ++i) {
      Plan plan = price(problem_, findings.decisions[i]);
      verify(problem_, plan, cost_in(query, plan), findings.costs[i], solver.name);
      solution_.plans.insert(std::ranges::upper_bound(solution_.plans, plan, is_better), std::move(plan));
    }
    if (solution_.plans.size() > options_.count) solution_.plans.resize(options_.count);
  }

  const Problem& problem_;
  const SolveOptions& options_;
  Solution solution_;
};

}  // namespace

Solution solve(const Problem& problem, const SolveOptions& options) {
  return Search(problem, options).run();
}

std::vector<std::string> solver_names() {
  std::vector<std::string> names;
  for (const Solver& solver : kSolvers) names.emplace_back(solver.name);
  return names;
}

}  // namespace tandem::plan
