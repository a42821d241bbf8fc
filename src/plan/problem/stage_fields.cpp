#include "plan/problem/stage_fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr std::size_t kMostSent = 100'000;
constexpr std::size_t kMostOffloads = 64;  // of a step
constexpr std::size_t kMostBypasses = 64;  // of a stage

Json offload_json(const Offload& offload) {
  return {{"target", offload.target},
          {"layers", ranges_json(offload.ranges)},
          {"compute_ms", offload.compute_ms},
          {"sent_bytes", offload.sent_bytes},
          {"returned_bytes", offload.returned_bytes},
          {"exchange_ms", offload.exchange_ms},
          {"sent", sent_json(offload.sent)}};
}

// Layers that must be there.
std::vector<LayerRange> read_work(const JsonView& view, std::size_t layer_count) {
  auto ranges = read_ranges(view, layer_count);
  if (ranges.empty()) view.fail("at least one range of layers");
  return ranges;
}

Offload read_offload(const JsonView& view, std::size_t layer_count) {
  view.allow_only({"target", "layers", "compute_ms", "sent_bytes", "returned_bytes", "exchange_ms", "sent"});
  Offload offload;
  offload.target = view["target"].string(kLongestTargetName);
  offload.ranges = read_work(view["layers"], layer_count);
  offload.compute_ms = plan_number_or(view, "compute_ms", 0);
  offload.sent_bytes = plan_number_or(view, "sent_bytes", 0);
  offload.returned_bytes = plan_number_or(view, "returned_bytes", 0);
  offload.exchange_ms = plan_number_or(view, "exchange_ms", 0);
  if (const auto sent = view.find("sent")) offload.sent = read_sent(*sent);
  return offload;
}

Step read_step(const JsonView& view, const std::string& stage_target, std::size_t layer_count) {
  view.allow_only({"layers", "compute_ms", "offloads"});
  Step step;
  step.ranges = read_work(view["layers"], layer_count);
  step.compute_ms = plan_number_or(view, "compute_ms", 0);
  const auto offloads = view.find("offloads");
  if (!offloads) return step;
  for (const auto& each : offloads->items(kMostOffloads)) {
    Offload offload = read_offload(each, layer_count);
    const bool is_taken = offload.target == stage_target ||
                          std::ranges::find(step.offloads, offload.target, &Offload::target) != step.offloads.end();
    if (is_taken) each["target"].fail("a target that runs nothing else in this step");
    step.offloads.push_back(std::move(offload));
  }
  return step;
}

// Sorted, and joined where one begins at the end of another.
std::vector<LayerRange> joined(std::vector<LayerRange> ranges) {
  std::ranges::sort(ranges, {}, &LayerRange::first);
  std::vector<LayerRange> result;
  for (const auto& range : ranges) {
    if (!result.empty() && result.back().last == range.first) {
      result.back().last = range.last;
    } else {
      result.push_back(range);
    }
  }
  return result;
}

}  // namespace

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

Json bypasses_json(const std::vector<Bypass>& bypasses) {
  Json json = Json::array();
  for (const auto& bypass : bypasses) {
    json.push_back({{"target", bypass.target},
                    {"sent_bytes", bypass.sent_bytes},
                    {"exchange_ms", bypass.exchange_ms},
                    {"sent", sent_json(bypass.sent)}});
  }
  return json;
}

Json steps_json(const std::vector<Step>& steps) {
  Json json = Json::array();
  for (const auto& step : steps) {
    Json offloads = Json::array();
    for (const auto& offload : step.offloads) offloads.push_back(offload_json(offload));
    json.push_back({{"layers", ranges_json(step.ranges)}, {"compute_ms", step.compute_ms}, {"offloads", offloads}});
  }
  return json;
}

double plan_number_or(const JsonView& object, std::string_view key, double otherwise) {
  const auto view = object.find(key);
  return view ? view->number(0, kMostOfPlan) : otherwise;
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

std::vector<SentTensor> read_sent(const JsonView& view) {
  std::vector<SentTensor> sent;
  for (const auto& tensor : view.items(kMostSent)) {
    tensor.allow_only({"tensor", "codec", "bytes"});
    sent.push_back({tensor["tensor"].string(), tensor["codec"].string(kLongestTargetName),
                    tensor["bytes"].number(0, kMostOfPlan)});
  }
  return sent;
}

std::vector<Bypass> read_bypasses(const JsonView& view) {
  std::vector<Bypass> bypasses;
  for (const auto& each : view.items(kMostBypasses)) {
    each.allow_only({"target", "sent_bytes", "exchange_ms", "sent"});
    bypasses.push_back({each["target"].string(kLongestTargetName), plan_number_or(each, "sent_bytes", 0),
                        plan_number_or(each, "exchange_ms", 0), read_sent(each["sent"])});
    if (bypasses.back().sent.empty()) each["sent"].fail("at least one tensor");
  }
  return bypasses;
}

// The layers of the steps are those of the stage.
void read_steps(const JsonView& view, std::size_t layer_count, Stage& stage) {
  std::vector<LayerRange> own;
  for (const auto& each : view.items(layer_count)) {
    stage.steps.push_back(read_step(each, stage.target, layer_count));
    own.insert(own.end(), stage.steps.back().ranges.begin(), stage.steps.back().ranges.end());
  }
  if (!stage.steps.empty() && joined(own) != joined(stage.ranges))
    view.fail("steps that run the layers of their stage");
}

}  // namespace tandem::plan
