// Problems like the one at hand but for a constraint or the objective: what an analysis asks solve() about. Private to
// plan/.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// By how much numbers that say the same may differ, relative (of small ones: absolute), as solvers do not tell them
// apart.
inline constexpr double kIndistinct = 1e-9;

Problem without(const Problem& problem, std::size_t constraint);
Problem with_only(const Problem& problem, const std::vector<std::size_t>& constraints);
Problem with_objective(const Problem& problem, const Objective& objective);
Problem with_constraint(const Problem& problem, Constraint constraint);

// Nothing: no plan is feasible. Its cost is that of the problem asked about. Throws Error(DeadlineExceeded) when the
// search was stopped before it found a plan or proved that there is none.
std::optional<Plan> best_plan(const Problem& problem, const SolveOptions& options);

}  // namespace tandem::plan
