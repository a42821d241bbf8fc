// The stages of a plan, by name, from the bills of its decision. For price.h. Private to plan/judge/.
#pragma once

#include <vector>

#include "plan/judge/bill.h"
#include "plan/judge/steps.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// `mean` and `latency`: bills of a mean request and of the one that latencies follow.
std::vector<Stage> stages_of(const Problem& problem, const Decision& decision, const Bill& mean, const Bill& latency,
                             const std::vector<std::vector<StepBill>>& steps);

}  // namespace tandem::plan
