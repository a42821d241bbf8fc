// One plan at work on a fleet, deployed by itself: its stages are not split into parts for other plans' sake.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"
#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

class DeployedPlan {
 public:
  // Sends its parts and codecs to the targets, with a progress bar. `workspace` must outlive this. Throws base::Error
  // as deploy::Deployment::add does.
  DeployedPlan(Workspace& workspace, plan::Plan plan) : DeployedPlan(workspace, std::move(plan), workspace.codecs()) {}
  // With codecs other than those of the store.
  DeployedPlan(Workspace& workspace, plan::Plan plan, deploy::CodecDescriptions codecs);

  const plan::Plan& plan() const { return plan_; }
  // One request. Thread-safe.
  base::Result<deploy::Answer> run(const std::vector<base::NamedTensor>& inputs,
                                   base::Deadline deadline = base::Deadline::never());

 private:
  plan::Plan plan_;
  deploy::Deployment deployment_;
  deploy::Route route_;
};

}  // namespace tandem::workspace
