// Measured times of the best plans' stages, and the plans' latencies by these times.
#pragma once

#include <functional>
#include <vector>

#include "plan/problem/plan.h"
#include "workspace/known_costs.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct VerifiedPlan {
  plan::Plan plan;
  double verified_ms = 0;  // latency by measured, not predicted, times of the stages
};

// Finds the best plans, best first, for known costs.
using Planner = std::function<std::vector<plan::Plan>(const KnownCosts& known)>;

// Repeats, at most three times: plan, time the stages that have no measured time, and keep the times in the store;
// until all stages of the best plans are timed. Returns the plans in the planner's order. Throws base::Error when a
// target cannot be reached.
std::vector<VerifiedPlan> verify_plans(Workspace& workspace, const Planner& planner);

}  // namespace tandem::workspace
