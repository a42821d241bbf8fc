// Problems in other units, in which nothing else may change. For tests. Private to plan/.
#pragma once

#include "plan/problem/problem.h"

namespace tandem::plan {

// The same problem in other units: every time, size and power times its factor, limits and bandwidths to match. The
// same decisions are best.
Problem in_units(Problem problem, double time, double size, double power);

}  // namespace tandem::plan
