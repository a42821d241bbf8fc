#include "report/sample_comparison.h"

#include <fmt/format.h>

namespace tandem::report {
namespace {

constexpr std::size_t kLayers = 153;

PagePlan predicted(PagePlan plan) {
  for (const auto& stage : plan.stages) plan.predicted_ms += stage.compute_ms + stage.exchange_ms;
  return plan;
}

ComparedPlan measured(PagePlan plan, double error) {
  const double ms = plan.predicted_ms * (1 + error);
  plan.measured = Figure{ms, 0.98 * ms, 1.03 * ms};
  return {plan, 1.1 * ms, 1.2 * ms, 50};
}

PagePlan native(const ComparisonPage& page, std::size_t target) {
  PagePlan plan{"all on " + page.targets[target]};
  plan.is_native = true;
  if (target > 0) plan.stages.push_back({page.targets[0], 0, 80 + 10 * static_cast<double>(target)});
  plan.stages.push_back({page.targets[target], 125.0 / static_cast<double>(3 * target + 1)});
  return predicted(plan);
}

}  // namespace

ComparisonPage sample_comparison(std::size_t targets, const std::string& name) {
  ComparisonPage page{name + "mobilenetv2.onnx", "3b7e0f6d9c2a41585e0d7c6b1f2a3948576ab9c8d7e6f504132231405f6e7d8c",
                      1795318800};
  const char* const tiers[] = {"device", "edge", "cloud"};
  for (std::size_t i = 0; i < targets; ++i)
    page.targets.push_back(name + (i < 3 ? tiers[i] : fmt::format("cloud{}", i)));
  PagePlan split{fmt::format("{} 0–58 → {} 59–{}", page.targets[0], page.targets[1], kLayers - 1)};
  split.stages = {{page.targets[0], 66.6, 19.3}, {page.targets[1], 18.1}};
  split.cuts = {59};
  page.plans.push_back(measured(predicted(split), 0.03));
  for (std::size_t i = 0; i < targets; ++i) page.plans.push_back(measured(native(page, i), i == 1 ? -0.08 : 0.05));
  auto& last = page.plans.back();
  if (targets > 2) last = {native(page, targets - 1), 0, 0, 0, name + "no answer from " + page.targets.back()};
  return page;
}

}  // namespace tandem::report
