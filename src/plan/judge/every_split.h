// All ways to divide the work of a decision's stages among steps and targets beside them. For brute_force.h. Private to
// plan/.
#pragma once

#include <functional>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Calls `visit` while `decision` works in parallel in one of these ways, with the first encoding of every handing; then
// takes the steps away again. By plain recursion; a problem that forbids it, several exits, or throughput: never.
void for_each_split(const Problem& problem, Decision& decision, const std::function<void()>& visit);

}  // namespace tandem::plan
