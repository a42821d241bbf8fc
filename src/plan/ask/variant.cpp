#include "plan/ask/variant.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace tandem::plan {

Problem without(const Problem& problem, std::size_t constraint) {
  Problem variant = problem;
  variant.constraints.erase(variant.constraints.begin() + static_cast<std::ptrdiff_t>(constraint));
  return variant;
}

Problem with_only(const Problem& problem, const std::vector<std::size_t>& constraints) {
  Problem variant = problem;
  variant.constraints.clear();
  for (const std::size_t index : constraints) variant.constraints.push_back(problem.constraints[index]);
  return variant;
}

Problem with_objective(const Problem& problem, const Objective& objective) {
  Problem variant = problem;
  variant.objective = objective;
  return variant;
}

Problem with_constraint(const Problem& problem, Constraint constraint) {
  Problem variant = problem;
  variant.constraints.push_back(std::move(constraint));
  return variant;
}

bool is_deadline(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Latency;
}

Problem with_deadline(Problem problem, double deadline_ms) {
  problem.latency_quantile = 1;
  Constraint in_time;
  in_time.text = fmt::format("latency <= {}ms", deadline_ms);
  in_time.limit = deadline_ms;  // the default metric is the latency
  problem.constraints.push_back(std::move(in_time));
  return problem;
}

Problem without_deadline(const Problem& problem) {
  Problem free = problem;
  std::erase_if(free.constraints, is_deadline);
  free.objective = {};
  return free;
}

std::optional<Plan> best_plan(const Problem& problem, const SolveOptions& options) {
  SolveOptions for_one = options;
  for_one.count = 1;
  Solution solution = solve(problem, for_one);
  if (!solution.plans.empty()) return std::move(solution.plans[0]);
  if (!solution.is_proven)
    throw base::Error(base::ErrorKind::DeadlineExceeded,
                      "the search was stopped before it found a plan or proved that there is none: give it more time");
  return std::nullopt;
}

}  // namespace tandem::plan
