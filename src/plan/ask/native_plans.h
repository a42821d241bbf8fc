// The plans that do not split: what every answer of a planner is held against. Pure.
#pragma once

#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The whole model on each target that can be reached from the first, over relays if the problem allows them, by the
// least latency and the most accurate policy; in the problem's order, whether or not constraints allow it. Inputs are
// encoded as fast as a constraint of accuracy allows, without loss where accuracy is the objective. Priced like any
// plan.
std::vector<Plan> native_plans(const Problem& problem);

}  // namespace tandem::plan
