#include "plan/problem/plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::plan {
namespace {

std::string text_of(const std::vector<LayerRange>& ranges) {
  std::string text;
  for (const auto& range : ranges)
    text += fmt::format("{}{}–{}", text.empty() ? "" : ", ", range.first, range.last - 1);
  return text;
}

}  // namespace

const char* name_of(Metric metric) {
  switch (metric) {
    case Metric::Latency:
      return "latency";
    case Metric::Period:
      return "period";
    case Metric::Compute:
      return "compute";
    case Metric::Exchange:
      return "exchange";
    case Metric::Upload:
      return "upload";
    case Metric::Energy:
      return "energy";
    case Metric::Memory:
      return "memory";
    case Metric::Error:
      return "error";
  }
  return "";
}

const char* name_of(ObjectiveKind kind) {
  switch (kind) {
    case ObjectiveKind::Latency:
      return "latency";
    case ObjectiveKind::Accuracy:
      return "accuracy";
    case ObjectiveKind::Throughput:
      return "throughput";
    case ObjectiveKind::Upload:
      return "upload";
    case ObjectiveKind::Energy:
      return "energy";
    case ObjectiveKind::Weighted:
      return "weighted";
  }
  return "";
}

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
