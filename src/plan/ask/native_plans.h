// Plans that do not split the model, for comparison with a planner's answers. Pure.
#pragma once

#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The whole model on each target that can be reached from the first, over relays if the problem allows them: the plan
// of least latency under the most accurate policy. In the problem's order, feasible or not. Inputs take the fastest
// encoding that constraints of accuracy allow, and a lossless one where accuracy is the objective.
std::vector<Plan> native_plans(const Problem& problem);

}  // namespace tandem::plan
