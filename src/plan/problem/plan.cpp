#include "plan/problem/plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::plan {
namespace {

std::string text_of(const std::vector<LayerRange>& ranges) {
  std::string text;
  for (const auto& range : ranges) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", range.first);
    if (range.last - range.first > 1) text += fmt::format("–{}", range.last - 1);
  }
  return text;
}

}  // namespace

const char* unit_of(const Objective& objective) {
  switch (objective.kind) {
    case ObjectiveKind::Latency:
      return "ms";
    case ObjectiveKind::Accuracy:
      return "% wrong";
    case ObjectiveKind::Throughput:
      return "ms per request";
    case ObjectiveKind::Upload:
      return "bytes";
    case ObjectiveKind::Energy:
      return "J";
    case ObjectiveKind::Weighted:
      return "";
  }
  return "";
}

bool Plan::is_native() const {
  return std::ranges::count_if(stages, &Stage::runs_layers) == 1;
}

std::string Plan::summary() const {
  std::string text;
  for (const auto& stage : stages) {
    const bool is_origin = &stage == &stages.front();
    if (!stage.runs_layers() && is_origin) continue;
    if (!text.empty()) text += " → ";
    if (!stage.runs_layers()) {
      text += fmt::format("({})", stage.target);
    } else {
      text += is_native() ? "all on " + stage.target : stage.target + " " + text_of(stage.ranges);
    }
  }
  if (policy.empty()) return text;
  return text + (policy.starts_with("exit") ? " · " : " · exit ") + policy;
}

}  // namespace tandem::plan
