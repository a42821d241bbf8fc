// Problems that differ from a given one by a constraint or the objective. For the analyses of plan/ask and for callers
// with a deadline. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// The relative difference (below 1: absolute) up to which two numbers count as equal, as in the solvers.
inline constexpr double kIndistinct = 1e-9;

Problem without(const Problem& problem, std::size_t constraint);
Problem with_only(const Problem& problem, const std::vector<std::size_t>& constraints);
Problem with_objective(const Problem& problem, const Objective& objective);
Problem with_constraint(const Problem& problem, Constraint constraint);

// Whether this is an upper limit on the latency.
bool is_deadline(const Constraint& constraint);
// With a latency of at most `deadline_ms` for every request, at any exit.
Problem with_deadline(Problem problem, double deadline_ms);
// The problem of the least latency, without a deadline: for when no plan meets it.
Problem without_deadline(const Problem& problem);

// The best plan, with its cost in `problem`; nothing: no plan is feasible. options.count is ignored. Throws
// Error(DeadlineExceeded) when the search was stopped before it found a plan or proved that there is none.
std::optional<Plan> best_plan(const Problem& problem, const SolveOptions& options);

}  // namespace tandem::plan
