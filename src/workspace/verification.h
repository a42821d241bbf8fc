// The stages of the best plans, timed as they would run, and the plans' latencies by these times.
#pragma once

#include <functional>
#include <vector>

#include "plan/problem/plan.h"
#include "workspace/known_costs.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct VerifiedPlan {
  plan::Plan plan;
  double verified_ms = 0;  // latency, with measured times of the stages in place of the predicted ones
};

// Makes the best plans, best first, from known costs.
using Planner = std::function<std::vector<plan::Plan>(const KnownCosts& known)>;

// Plans, times the stages that were not timed yet, keeps the times in the store and plans again with them, until all
// stages of the best plans are timed, three times at most. Returns the plans in the planner's order. Throws base::Error
// when a target cannot be reached.
std::vector<VerifiedPlan> verify_plans(Workspace& workspace, const Planner& planner);

}  // namespace tandem::workspace
