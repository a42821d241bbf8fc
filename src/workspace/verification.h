// `tandem plan --verify K`: the stages of the best plans are timed as they would run, and the plans compared by that.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "workspace/fleet_access.h"
#include "plan/problem/plan.h"

namespace tandem::cli {

// Its stages' measured times in place of the predicted ones.
struct VerifiedPlan {
  plan::Plan plan;
  double verified_ms = 0;  // latency
};

// Makes the best plans, best first, from what is known.
using Planner = std::function<std::vector<plan::Plan>(const KnownCosts& known)>;

// Plans, times what was not timed yet on its targets, keeps the times in the store, and plans again with them, until
// the best plans are all measured (or three times over). Returns them in the planner's order. Throws base::Error when a
// target cannot be reached.
std::vector<VerifiedPlan> verify_plans(const model::Model& model, const FleetAccess& access, store::Store& store,
                                       const Planner& planner);

}  // namespace tandem::cli
