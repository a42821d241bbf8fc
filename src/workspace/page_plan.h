// A plan as pages show it. Private to workspace/.
#pragma once

#include "plan/problem/plan.h"
#include "report/page_plan.h"

namespace tandem::workspace {

report::PagePlan page_plan(const plan::Plan& plan);  // predicted; not measured

}  // namespace tandem::workspace
