#include "plan/problem/plan_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "plan/problem/stage_fields.h"

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr std::size_t kMostStages = 64;
constexpr std::size_t kMostExits = 64;
constexpr double kLeastTemperature = 1e-6;
constexpr std::size_t kLongestPolicy = 64 << 10;  // the names of many exits, with thresholds

Json exit_json(const PlanExit& exit) {
  return {{"exit", exit.name}, {"share", exit.share}, {"threshold", exit.threshold}, {"temperature", exit.temperature}};
}

Json stage_json(const Stage& stage) {
  Json json = {{"target", stage.target}, {"first_layer", nullptr}, {"last_layer", nullptr}};
  if (stage.runs_layers()) {
    json["first_layer"] = stage.ranges.front().first;
    json["last_layer"] = stage.ranges.back().last - 1;
  }
  json["layers"] = ranges_json(stage.ranges);
  json["compute_ms"] = stage.compute_ms;
  json["sent_bytes"] = stage.sent_bytes;
  json["exchange_ms"] = stage.exchange_ms;
  json["sent"] = sent_json(stage.sent);
  if (!stage.bypasses.empty()) json["bypasses"] = bypasses_json(stage.bypasses);
  if (!stage.steps.empty()) json["steps"] = steps_json(stage.steps);
  if (stage.replicas > 1) json["replicas"] = stage.replicas;
  return json;
}

// "layers", or "first_layer" and "last_layer" alone; where both are there, they agree.
std::vector<LayerRange> read_stage_layers(const JsonView& view, std::size_t layer_count) {
  const auto layers = view.find("layers");
  const auto first = view.find("first_layer");
  std::vector<LayerRange> ranges;
  if (layers) ranges = read_ranges(*layers, layer_count);
  if (!first) return ranges;
  const LayerRange whole = read_range(*first, view["last_layer"], 0, layer_count);
  if (!layers) return {whole};
  const bool agree = !ranges.empty() && ranges.front().first == whole.first && ranges.back().last == whole.last;
  if (!agree) layers->fail(fmt::format("layers from {} to {}", whole.first, whole.last - 1));
  return ranges;
}

Stage read_stage(const JsonView& view, std::size_t layer_count) {
  view.allow_only({"target", "first_layer", "last_layer", "layers", "compute_ms", "sent_bytes", "exchange_ms", "sent",
                   "bypasses", "replicas", "steps"});
  Stage stage;
  stage.target = view["target"].string(kLongestTargetName);
  stage.ranges = read_stage_layers(view, layer_count);
  stage.compute_ms = plan_number_or(view, "compute_ms", 0);
  stage.sent_bytes = plan_number_or(view, "sent_bytes", 0);
  stage.exchange_ms = plan_number_or(view, "exchange_ms", 0);
  if (const auto replicas = view.find("replicas"))
    stage.replicas = static_cast<std::size_t>(replicas->integer(1, static_cast<std::int64_t>(kMostReplicas)));
  if (const auto sent = view.find("sent")) stage.sent = read_sent(*sent);
  if (const auto bypasses = view.find("bypasses")) stage.bypasses = read_bypasses(*bypasses);
  if (const auto steps = view.find("steps")) read_steps(*steps, layer_count, stage);
  return stage;
}

PlanExit read_exit(const JsonView& view) {
  view.allow_only({"exit", "share", "threshold", "temperature"});
  return {view["exit"].string(), plan_number_or(view, "share", 0), plan_number_or(view, "threshold", 0),
          view.find("temperature") ? view["temperature"].number(kLeastTemperature, kMostOfPlan) : 1};
}

void read_exits(const JsonView& root, Plan& plan) {
  const auto exits = root.find("exits");
  if (!exits) return;
  for (const auto& exit : exits->items(kMostExits)) plan.exits.push_back(read_exit(exit));
  if (plan.exits.empty()) exits->fail("at least one exit");
  plan.confidence = root["confidence"].string(kLongestTargetName);
}

// Only a plan with exits may leave layers out: those that none of its requests needs.
void check_coverage(const JsonView& view, const Plan& plan, std::size_t layer_count) {
  std::vector<LayerRange> all;
  for (const auto& stage : plan.stages) {
    all.insert(all.end(), stage.ranges.begin(), stage.ranges.end());
    for (const auto& step : stage.steps) {
      for (const auto& offload : step.offloads) all.insert(all.end(), offload.ranges.begin(), offload.ranges.end());
    }
  }
  std::ranges::sort(all, {}, &LayerRange::first);
  std::size_t next = 0;
  for (const auto& range : all) {
    if (range.first > next && plan.exits.empty()) view.fail(fmt::format("a stage that runs layer {}", next));
    if (range.first < next) view.fail(fmt::format("layer {} in one stage only", range.first));
    next = range.last;
  }
  if (next < layer_count && plan.exits.empty()) view.fail(fmt::format("a stage that runs layer {}", next));
}

// A bypass leads to a stage behind the next one.
void check_bypasses(const JsonView& view, const Plan& plan) {
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    for (const auto& bypass : plan.stages[i].bypasses) {
      const auto begin = plan.stages.begin() + static_cast<std::ptrdiff_t>(std::min(i + 2, plan.stages.size()));
      if (std::find_if(begin, plan.stages.end(), [&](const Stage& s) { return s.target == bypass.target; }) ==
          plan.stages.end())
        view.fail(fmt::format("a bypass from '{}' to a stage behind the next one, found '{}'", plan.stages[i].target,
                              bypass.target));
    }
  }
}

}  // namespace

nlohmann::ordered_json to_json(const Plan& plan, const char* unit) {
  Json json = {{"cost", plan.cost}, {"unit", unit}, {"summary", plan.summary()}, {"is_native", plan.is_native()}};
  json["policy"] = plan.policy.empty() ? Json() : Json(plan.policy);
  if (!plan.exits.empty()) {
    json["confidence"] = plan.confidence;
    json["exits"] = Json::array();
    for (const auto& exit : plan.exits) json["exits"].push_back(exit_json(exit));
  }
  json["latency_ms"] = plan.latency_ms;
  json["period_ms"] = plan.period_ms;
  json["throughput_per_s"] = plan.period_ms > 0 ? Json(1000 / plan.period_ms) : Json();
  json["upload_bytes"] = plan.upload_bytes;
  json["energy_j"] = plan.energy_j;
  json["money"] = plan.money;
  json["accuracy_percent"] = plan.accuracy;
  json["stages"] = Json::array();
  for (const auto& stage : plan.stages) json["stages"].push_back(stage_json(stage));
  return json;
}

Plan plan_from_json(const nlohmann::ordered_json& json, const std::string& source, std::size_t layer_count) {
  const JsonView root(json, source);
  root.allow_only({"cost", "gap", "verified_ms", "unit", "summary", "is_native", "policy", "confidence", "exits",
                   "latency_ms", "period_ms", "throughput_per_s", "upload_bytes", "energy_j", "money",
                   "accuracy_percent", "stages"});
  Plan plan;
  plan.cost = root["cost"].number(0, kMostOfPlan);
  const auto unit = root.find("unit");
  const bool is_latency = unit && unit->string(kLongestTargetName) == "ms";  // version 1 knew no other
  if (const auto policy = root.find("policy")) plan.policy = policy->string(kLongestPolicy);
  read_exits(root, plan);
  plan.latency_ms = plan_number_or(root, "latency_ms", is_latency ? plan.cost : 0);
  plan.period_ms = plan_number_or(root, "period_ms", 0);
  plan.upload_bytes = plan_number_or(root, "upload_bytes", 0);
  plan.energy_j = plan_number_or(root, "energy_j", 0);
  plan.money = plan_number_or(root, "money", 0);
  plan.accuracy = plan_number_or(root, "accuracy_percent", 100);
  for (const auto& stage : root["stages"].items(kMostStages)) plan.stages.push_back(read_stage(stage, layer_count));
  check_coverage(root["stages"], plan, layer_count);
  check_bypasses(root["stages"], plan);
  if (plan.stages.empty()) root["stages"].fail("at least one stage");
  return plan;
}

}  // namespace tandem::plan
