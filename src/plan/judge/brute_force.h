// Exhaustive search over the decisions of a small problem. Tests compare the solvers with it, and --compare asks it.
// Private to plan/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// All decisions that price() accepts, feasible or not, by plain recursion; at most `most` of them.
std::vector<Decision> every_decision(const Problem& problem, std::size_t most = kNone);
std::vector<Plan> every_plan(const Problem& problem);

// The `count` best feasible plans, in the order of price.h. Of plans that differ only by an exchange of
// identical targets of a tier with links within it, one.
std::vector<Plan> best_by_brute_force(const Problem& problem, std::size_t count);

}  // namespace tandem::plan
