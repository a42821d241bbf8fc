// Plans at work, as requests go by them. Used by failover.h and workspace. Immutable once made.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "plan/problem/plan.h"

namespace tandem::serve {

// A plan at work.
struct Way {
  plan::Plan plan;
  deploy::Route route;
  std::vector<std::vector<deploy::PartLayers>> layers;                  // of each part, by hop
  std::vector<std::vector<std::vector<deploy::PartLayers>>> offloaded;  // likewise, by offload of the hop
};

// `route`: of the plan, by this deployment.
Way way_by(const deploy::Deployment& deployment, plan::Plan plan, deploy::Route route);

// Whether none of the targets takes part in the plan.
bool avoids(const plan::Plan& plan, const std::set<std::string>& targets);

}  // namespace tandem::serve
