#include "report/page_plan.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "report/page.h"

namespace tandem::report {

std::string range_of(const Figure& figure) {
  if (figure.low_ms == 0 && figure.high_ms == 0) return {};
  return human_ms(figure.low_ms) + " to " + human_ms(figure.high_ms);
}

std::string error_of(double predicted_ms, const Figure& measured) {
  return measured.ms > 0 ? fmt::format("{:+.1f} %", 100 * (predicted_ms / measured.ms - 1)) : "–";
}

double time_of(const PagePlan& plan) {
  return plan.measured ? plan.measured->ms : plan.predicted_ms;
}

std::string stages_text(const PagePlan& plan) {
  std::string text;
  const auto add = [&](const std::string& what, double ms) {
    if (ms > 0) text += (text.empty() ? "" : " · ") + what + " " + human_ms(ms);
  };
  for (const auto& stage : plan.stages) {
    add(stage.target, stage.compute_ms);
    add("exchange", stage.exchange_ms);
  }
  return text;
}

std::string runner_of(const PagePlan& native_plan) {
  return native_plan.stages.empty() ? native_plan.label : native_plan.stages.back().target;
}

const PagePlan* fastest_native(const std::vector<PagePlan>& plans) {
  const PagePlan* fastest = nullptr;
  for (const auto& plan : plans) {
    if (plan.is_native && (fastest == nullptr || time_of(plan) < time_of(*fastest))) fastest = &plan;
  }
  return fastest;
}

base::Json to_json(const Figure& figure) {
  return {{"ms", figure.ms}, {"low_ms", figure.low_ms}, {"high_ms", figure.high_ms}};
}

base::Json to_json(const PagePlan& plan) {
  auto stages = base::Json::array();
  for (const auto& stage : plan.stages) {
    stages.push_back({{"target", stage.target}, {"compute_ms", stage.compute_ms}, {"exchange_ms", stage.exchange_ms}});
  }
  return {{"label", plan.label},
          {"predicted_ms", plan.predicted_ms},
          {"is_native", plan.is_native},
          {"measured", plan.measured ? to_json(*plan.measured) : base::Json()},
          {"is_best", plan.is_best},
          {"cuts", plan.cuts},
          {"stages", stages}};
}

}  // namespace tandem::report
