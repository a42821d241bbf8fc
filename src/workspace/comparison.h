// Timing of the chosen plan and the native plans, in turn: the work of `tandem bench`.
#pragma once

#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "workspace/inputs.h"
#include "workspace/plan_choice.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct ComparisonOptions {
  PlanOptions plan;
  InputOptions input;
  int runs = 50;  // of each plan, after one for warming up
};

struct PlanSeries {
  plan::Plan plan;
  std::vector<double> samples_ms;
  std::string failure;  // of the request that ended the series; empty: none failed
};
// The chosen plan first. Throws base::Error when a plan cannot be deployed.
std::vector<PlanSeries> compare_plans(Workspace& workspace, const ComparisonOptions& options);

}  // namespace tandem::workspace
