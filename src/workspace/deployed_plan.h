// One plan at work on a fleet, deployed alone: its stages are not split into parts that other plans share.
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
  // Sends parts and codecs to the targets, with a progress bar. `workspace` must outlive this. Throws base::Error as
  // deploy::Deployment::add does.
  DeployedPlan(Workspace& workspace, plan::Plan plan) : DeployedPlan(workspace, std::move(plan), workspace.codecs()) {}
  // With codecs other than those of the store.
  DeployedPlan(Workspace& workspace, plan::Plan plan, deploy::CodecDescriptions codecs);

  const plan::Plan& plan() const { return plan_; }
  // Runs one request. Thread-safe.
  base::Result<deploy::Answer> run(const std::vector<base::NamedTensor>& inputs,
                                   base::Deadline deadline = base::Deadline::never());

 private:
  plan::Plan plan_;
  deploy::Deployment deployment_;
  deploy::Route route_;
};

}  // namespace tandem::workspace
