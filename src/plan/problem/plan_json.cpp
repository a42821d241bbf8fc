#include "plan/problem/plan_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr std::size_t kMostStages = 64;
constexpr std::size_t kMostSent = 100'000;
constexpr std::size_t kMostExits = 64;
constexpr double kLeastTemperature = 1e-6;
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestPolicy = 64 << 10;  // the names of many exits, with thresholds
constexpr double kMost = 1e300;

Json ranges_json(const std::vector<LayerRange>& ranges) {
  Json json = Json::array();
  for (const auto& range : ranges) json.push_back({range.first, range.last - 1});
  return json;
}

Json sent_json(const std::vector<SentTensor>& tensors) {
  Json json = Json::array();
  for (const auto& sent : tensors)
    json.push_back({{"tensor", sent.name}, {"codec", sent.codec}, {"bytes", sent.bytes}});
  return json;
}

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
  return json;
}

double number_or(const JsonView& object, std::string_view key, double otherwise) {
  const auto view = object.find(key);
  return view ? view->number(0, kMost) : otherwise;
}

// `first` and `last`, both included.
LayerRange read_range(const JsonView& first, const JsonView& last, std::size_t least, std::size_t layer_count) {
  const auto limit = static_cast<std::int64_t>(layer_count) - 1;
  const std::int64_t begin = first.integer(static_cast<std::int64_t>(least), limit);
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(last.integer(begin, limit)) + 1};
}

std::vector<LayerRange> read_ranges(const JsonView& view, std::size_t layer_count) {
  std::vector<LayerRange> ranges;
  for (const auto& range : view.items(layer_count)) {
    const auto ends = range.items(2);
    if (ends.size() != 2) range.fail("the first and the last layer, both included");
    ranges.push_back(read_range(ends[0], ends[1], ranges.empty() ? 0 : ranges.back().last, layer_count));
  }
  return ranges;
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

std::vector<SentTensor> read_sent(const JsonView& view) {
  std::vector<SentTensor> sent;
  for (const auto& tensor : view.items(kMostSent)) {
    tensor.allow_only({"tensor", "codec", "bytes"});
    sent.push_back({tensor["tensor"].string(), tensor["codec"].string(kLongestName), tensor["bytes"].number(0, kMost)});
  }
  return sent;
}

Stage read_stage(const JsonView& view, std::size_t layer_count) {
  view.allow_only({"target", "first_layer", "last_layer", "layers", "compute_ms", "sent_bytes", "exchange_ms", "sent"});
  Stage stage;
  stage.target = view["target"].string(kLongestName);
  stage.ranges = read_stage_layers(view, layer_count);
  stage.compute_ms = number_or(view, "compute_ms", 0);
  stage.sent_bytes = number_or(view, "sent_bytes", 0);
  stage.exchange_ms = number_or(view, "exchange_ms", 0);
  if (const auto sent = view.find("sent")) stage.sent = read_sent(*sent);
  return stage;
}

PlanExit read_exit(const JsonView& view) {
  view.allow_only({"exit", "share", "threshold", "temperature"});
  return {view["exit"].string(), number_or(view, "share", 0), number_or(view, "threshold", 0),
          view.find("temperature") ? view["temperature"].number(kLeastTemperature, kMost) : 1};
}

void read_exits(const JsonView& root, Plan& plan) {
  const auto exits = root.find("exits");
  if (!exits) return;
  for (const auto& exit : exits->items(kMostExits)) plan.exits.push_back(read_exit(exit));
  if (plan.exits.empty()) exits->fail("at least one exit");
  plan.confidence = root["confidence"].string(kLongestName);
}

// Only a plan with exits may leave layers out: those that none of its requests needs.
void check_coverage(const JsonView& view, const Plan& plan, std::size_t layer_count) {
  std::vector<LayerRange> all;
  for (const auto& stage : plan.stages) all.insert(all.end(), stage.ranges.begin(), stage.ranges.end());
  std::ranges::sort(all, {}, &LayerRange::first);
  std::size_t next = 0;
  for (const auto& range : all) {
    if (range.first > next && plan.exits.empty()) view.fail(fmt::format("a stage that runs layer {}", next));
    if (range.first < next) view.fail(fmt::format("layer {} in one stage only", range.first));
    next = range.last;
  }
  if (next < layer_count && plan.exits.empty()) view.fail(fmt::format("a stage that runs layer {}", next));
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
  json["accuracy_percent"] = plan.accuracy;
  json["stages"] = Json::array();
  for (const auto& stage : plan.stages) json["stages"].push_back(stage_json(stage));
  return json;
}

Plan plan_from_json(const nlohmann::ordered_json& json, const std::string& source, std::size_t layer_count) {
  const JsonView root(json, source);
  root.allow_only({"cost", "gap", "verified_ms", "unit", "summary", "is_native", "policy", "confidence", "exits",
                   "latency_ms", "period_ms", "throughput_per_s", "upload_bytes", "energy_j", "accuracy_percent",
                   "stages"});
  Plan plan;
  plan.cost = root["cost"].number(0, kMost);
  const auto unit = root.find("unit");
  const bool is_latency = unit && unit->string(kLongestName) == "ms";  // version 1 knew no other
  if (const auto policy = root.find("policy")) plan.policy = policy->string(kLongestPolicy);
  read_exits(root, plan);
  plan.latency_ms = number_or(root, "latency_ms", is_latency ? plan.cost : 0);
  plan.period_ms = number_or(root, "period_ms", 0);
  plan.upload_bytes = number_or(root, "upload_bytes", 0);
  plan.energy_j = number_or(root, "energy_j", 0);
  plan.accuracy = number_or(root, "accuracy_percent", 100);
  for (const auto& stage : root["stages"].items(kMostStages)) plan.stages.push_back(read_stage(stage, layer_count));
  check_coverage(root["stages"], plan, layer_count);
  if (plan.stages.empty()) root["stages"].fail("at least one stage");
  return plan;
}

}  // namespace tandem::plan
