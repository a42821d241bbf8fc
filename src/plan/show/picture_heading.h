// The opening of a plan's picture: its size, style sheet and paper, the plan in words and its costs. Private to
// plan/show/.
#pragma once

#include <string>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

std::string picture_heading(const Problem& problem, const Plan& plan, double width, double height);

}  // namespace tandem::plan
