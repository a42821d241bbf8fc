#include "plan/problem/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

// All layers that each target runs beside the stage, targets in the order of their first offload.
std::vector<std::pair<std::string, std::vector<LayerRange>>> layers_beside(const Stage& stage) {
  std::vector<std::pair<std::string, std::vector<LayerRange>>> all;
  for (const auto& step : stage.steps) {
    for (const auto& offload : step.offloads) {
      auto found = std::ranges::find(all, offload.target, [](const auto& each) { return each.first; });
      if (found == all.end()) found = all.insert(all.end(), {offload.target, {}});
      found->second.insert(found->second.end(), offload.ranges.begin(), offload.ranges.end());
    }
  }
  for (auto& each : all) std::ranges::sort(each.second, {}, &LayerRange::first);
  return all;
}

bool has_offloads(const Stage& stage) {
  return std::ranges::any_of(stage.steps, [](const Step& step) { return !step.offloads.empty(); });
}

}  // namespace

double Step::latency_ms() const {
  double longest = compute_ms;
  for (const auto& offload : offloads) longest = std::max(longest, offload.latency_ms());
  return longest;
}

double Stage::waiting_ms() const {
  double sum = 0;
  for (const auto& step : steps) sum += step.latency_ms() - step.compute_ms;
  return sum;
}

double Stage::bypass_ms() const {
  double sum = 0;
  for (const auto& bypass : bypasses) sum += bypass.exchange_ms;
  return sum;
}

std::vector<Share> shares_of(const Stage& stage) {
  if (stage.steps.empty()) return {{stage.target, stage.ranges}};
  std::vector<Share> shares;
  for (const auto& step : stage.steps) {
    shares.push_back({stage.target, step.ranges});
    for (const auto& offload : step.offloads) shares.push_back({offload.target, offload.ranges});
  }
  return shares;
}

std::vector<Sending> sendings_of(const Plan& plan) {
  std::vector<Sending> sendings;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    for (const auto& step : stage.steps) {
      for (const auto& offload : step.offloads) sendings.push_back({stage.target, offload.target, offload.sent});
    }
    for (const auto& bypass : stage.bypasses) sendings.push_back({stage.target, bypass.target, bypass.sent});
    if (i + 1 < plan.stages.size()) sendings.push_back({stage.target, plan.stages[i + 1].target, stage.sent});
  }
  return sendings;
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
    case ObjectiveKind::Money:
      return "money";
    case ObjectiveKind::Weighted:
      return "";
  }
  return "";
}

bool Plan::is_native() const {
  return std::ranges::count_if(stages, &Stage::runs_layers) == 1 && std::ranges::none_of(stages, has_offloads);
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
    for (const auto& [target, ranges] : layers_beside(stage)) text += fmt::format(" ∥ {} {}", target, text_of(ranges));
    for (const auto& bypass : stage.bypasses) text += fmt::format(" ⤳ {}", bypass.target);
  }
  if (policy.empty()) return text;
  return text + (policy.starts_with("exit") ? " · " : " · exit ") + policy;
}

}  // namespace tandem::plan
