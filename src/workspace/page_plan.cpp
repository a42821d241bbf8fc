#include "workspace/page_plan.h"

#include <algorithm>

namespace tandem::workspace {

report::PagePlan page_plan(const plan::Plan& plan) {
  report::PagePlan shown;
  shown.label = plan.summary();
  shown.predicted_ms = plan.latency_ms;
  shown.is_native = plan.is_native();
  for (const auto& stage : plan.stages) {
    shown.stages.push_back({stage.target, stage.compute_ms, stage.exchange_ms + stage.bypass_ms()});
    for (const auto& range : stage.ranges) {
      if (range.first > 0) shown.cuts.push_back(range.first);
    }
  }
  std::ranges::sort(shown.cuts);
  return shown;
}

}  // namespace tandem::workspace
