// The replicas of a fleet's targets, before plans use them and while they do. Private to workspace/.
#pragma once

#include <vector>

#include "fleet/fleet.h"
#include "plan/problem/plan.h"
#include "profile/measure.h"
#include "rpc/targets.h"
#include "workspace/service.h"

namespace tandem::workspace {

// Throws Error(InvalidInput) where a stage counts on replicas of which the fleet has one address alone; warns where it
// counts on more or fewer than there are.
void check_replicas(const plan::Plan& plan, const fleet::Fleet& fleet);

// Those of the plan's targets that have some, each target once, without any answer yet.
std::vector<ReplicaShare> replicas_of(const plan::Plan& plan, const rpc::Targets& targets);

// One replica is measured for all of a target: warns where another is on another machine or engine, or does not answer.
void warn_of_unlike_replicas(const std::vector<profile::Subject>& subjects, const rpc::Targets& targets);

}  // namespace tandem::workspace
