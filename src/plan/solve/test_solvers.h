// All solvers of the table, held to the plans that brute force finds. For the tests of plan.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

inline constexpr std::size_t kMostPlans = 4;

// Every solver that takes the problem, and the choice among them, finds these plans: one, and kMostPlans of them.
void expect_all_solvers_find(const Problem& problem, const std::vector<Plan>& expected);

}  // namespace tandem::plan
