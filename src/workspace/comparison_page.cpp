#include "workspace/comparison_page.h"

#include "base/statistics.h"
#include "base/unix_time.h"
#include "workspace/page_plan.h"

namespace tandem::workspace {
namespace {

report::ComparedPlan compared(const PlanSeries& series) {
  report::ComparedPlan shown{page_plan(series.plan), 0, 0, series.samples_ms.size(), series.failure};
  if (series.samples_ms.empty()) return shown;
  const auto interval = base::median_interval(series.samples_ms);
  shown.plan.measured = report::Figure{base::median(series.samples_ms), interval.low, interval.high};
  shown.p95_ms = base::quantile(series.samples_ms, 0.95);
  shown.p99_ms = base::quantile(series.samples_ms, 0.99);
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
