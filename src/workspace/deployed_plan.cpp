#include "workspace/deployed_plan.h"

#include <utility>

#include "base/progress.h"

namespace tandem::workspace {
namespace {

deploy::Route deploy_with_progress(deploy::Deployment& deployment, const plan::Plan& plan) {
  base::ProgressBar progress;
  const auto show = [&](std::size_t sent, std::size_t total) {
    progress.show("sending stages", total == 0 ? 1 : static_cast<double>(sent) / static_cast<double>(total));
  };
  return deployment.add({plan}, show).front();
}

}  // namespace

DeployedPlan::DeployedPlan(Workspace& workspace, plan::Plan plan, deploy::CodecDescriptions codecs)
    : plan_(std::move(plan)),
      deployment_(workspace.model(), workspace.access().targets(), std::move(codecs)),
      route_(deploy_with_progress(deployment_, plan_)) {}

base::Result<deploy::Answer> DeployedPlan::run(const std::vector<base::NamedTensor>& inputs, base::Deadline deadline) {
  return deployment_.run(route_, inputs, deadline);
}

}  // namespace tandem::workspace
