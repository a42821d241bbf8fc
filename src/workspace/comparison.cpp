#include "workspace/comparison.h"

#include <memory>

#include "base/progress.h"
#include "workspace/deployed_plan.h"
#include "workspace/request_watch.h"

namespace tandem::workspace {
namespace {

std::vector<plan::Plan> plans_of(const PlanChoice& choice) {
  std::vector<plan::Plan> plans = {choice.best};
  for (const auto& native : choice.natives) {
    if (!(native == choice.best)) plans.push_back(native);
  }
  return plans;
}

void add_sample(PlanSeries& series, DeployedPlan& deployed, const model::Model& model, const Inputs& inputs,
                RequestWatch& watch, bool counts) {
  if (!series.failure.empty()) return;
  const auto answer = deployed.run(inputs.tensors);
  if (!answer) {
    series.failure = inputs.explain(answer.error(), model).message();
  } else if (counts) {
    series.samples_ms.push_back(answer.value().latency_ms);
    watch.see(series.plan, answer.value());
  }
}

}  // namespace

std::vector<PlanSeries> compare_plans(Workspace& workspace, const ComparisonOptions& options) {
  const auto inputs = choose_inputs(options.input, workspace.model(), workspace.store());
  std::vector<PlanSeries> all;
  std::vector<std::unique_ptr<DeployedPlan>> deployed;
  for (auto& plan : plans_of(choose_plan(workspace, options.plan))) {
    deployed.push_back(std::make_unique<DeployedPlan>(workspace, plan));
    all.push_back({std::move(plan), {}, {}});
  }
  RequestWatch watch(workspace);
  base::ProgressBar progress;
  for (int run = -1; run < options.runs; ++run) {  // in turn: drift of a machine affects all plans alike
    progress.show("running plans in turn", static_cast<double>(run + 1) / (options.runs + 1));
    for (std::size_t i = 0; i < all.size(); ++i)
      add_sample(all[i], *deployed[i], workspace.model(), inputs, watch, run >= 0);
  }
  return all;
}

}  // namespace tandem::workspace
