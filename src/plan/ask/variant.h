// Problems that differ from a given one by a constraint or the objective, for the analyses of plan/ask and for whoever
// sets a deadline. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// The difference up to which two numbers are the same, relative (below 1: absolute): solvers do not tell them apart.
inline constexpr double kIndistinct = 1e-9;

Problem without(const Problem& problem, std::size_t constraint);
Problem with_only(const Problem& problem, const std::vector<std::size_t>& constraints);
Problem with_objective(const Problem& problem, const Objective& objective);
Problem with_constraint(const Problem& problem, Constraint constraint);

// Whether this is an upper limit on the latency.
bool is_deadline(const Constraint& constraint);
// With a latency of at most `deadline_ms` for every request, whichever exit it takes, under any objective.
Problem with_deadline(Problem problem, double deadline_ms);
// The least latency without a deadline: the problem to ask when no plan is in time.
Problem without_deadline(const Problem& problem);

// The best plan, with its cost in `problem`; nothing: no plan is feasible. options.count is ignored. Throws
// Error(DeadlineExceeded) when the search was stopped before it found a plan or proved that there is none.
std::optional<Plan> best_plan(const Problem& problem, const SolveOptions& options);

}  // namespace tandem::plan
