#include "workspace/comparison_page.h"

#include "base/unix_time.h"
#include "cost/estimate.h"
#include "workspace/page_plan.h"

namespace tandem::workspace {
namespace {

report::ComparedPlan compared(const PlanSeries& series) {
  report::ComparedPlan shown{page_plan(series.plan), 0, 0, series.samples_ms.size(), series.failure};
  if (series.samples_ms.empty()) return shown;
  const auto timing = cost::timing_of(series.samples_ms);
  shown.plan.measured = report::Figure{timing.median_ms, timing.low_ms, timing.high_ms};
  shown.p95_ms = timing.p95_ms;
  shown.p99_ms = timing.p99_ms;
  return shown;
}

}  // namespace

report::ComparisonPage comparison_page(const Workspace& workspace, const std::vector<PlanSeries>& all) {
  report::ComparisonPage page{workspace.model().name(), workspace.model().digest(), base::unix_time_s()};
  for (const auto& target : workspace.fleet().targets) page.targets.push_back(target.name);
  for (const auto& series : all) page.plans.push_back(compared(series));
  return page;
}

}  // namespace tandem::workspace
