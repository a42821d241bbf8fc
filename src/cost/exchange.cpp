#include "cost/exchange.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::cost {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 1;
constexpr double kLongestMs = 1e9;
constexpr double kFastestMbps = 1e9;
constexpr std::int64_t kLatestTime = 1LL << 40;
constexpr std::int64_t kMostLayers = 1'000'000;

Json json_of(const ModelCosts& costs) {
  return {{"model", costs.model},
          {"target", costs.target},
          {"machine", costs.machine},
          {"engine", costs.engine},
          {"measured_at_s", costs.measured_at_s},
          {"whole_ms", costs.whole_ms},
          {"whole_low_ms", costs.whole_low_ms},
          {"whole_high_ms", costs.whole_high_ms},
          {"stage_overhead_ms", costs.stage_overhead_ms},
          {"layer_ms", costs.layer_ms},
          {"ends_kernel", costs.ends_kernel}};
}

Json json_of(const LinkCosts& costs) {
  return {{"from", costs.from},
          {"to", costs.to},
          {"measured_at_s", costs.measured_at_s},
          {"round_trip_ms", costs.round_trip_ms},
          {"upload_mbps", costs.upload_mbps},
          {"download_mbps", costs.download_mbps}};
}

Json json_of(const StageTime& time) {
  return {{"model", time.model},         {"target", time.target},
          {"first", time.first},         {"last", time.last},
          {"median_ms", time.median_ms}, {"low_ms", time.low_ms},
          {"high_ms", time.high_ms},     {"measured_at_s", time.measured_at_s}};
}

double read_ms(const JsonView& view) {
  return view.number(0, kLongestMs);
}

ModelCosts read_model(const JsonView& view) {
  ModelCosts costs;
  costs.model = view["model"].string();
  costs.target = view["target"].string();
  costs.machine = view["machine"].string();
  costs.engine = view["engine"].string();
  costs.measured_at_s = view["measured_at_s"].integer(0, kLatestTime);
  costs.whole_ms = read_ms(view["whole_ms"]);
  costs.whole_low_ms = read_ms(view["whole_low_ms"]);
  costs.whole_high_ms = read_ms(view["whole_high_ms"]);
  costs.stage_overhead_ms = read_ms(view["stage_overhead_ms"]);
  for (const auto& time : view["layer_ms"].items()) costs.layer_ms.push_back(read_ms(time));
  for (const auto& ends : view["ends_kernel"].items()) costs.ends_kernel.push_back(ends.boolean());
  if (costs.ends_kernel.size() != costs.layer_ms.size()) {
    view["ends_kernel"].fail(fmt::format("as many entries as layer_ms has, {}", costs.layer_ms.size()));
  }
  return costs;
}

LinkCosts read_link(const JsonView& view) {
  LinkCosts costs;
  costs.from = view["from"].string();
  costs.to = view["to"].string();
  costs.measured_at_s = view["measured_at_s"].integer(0, kLatestTime);
  costs.round_trip_ms = read_ms(view["round_trip_ms"]);
  costs.upload_mbps = view["upload_mbps"].number(1e-6, kFastestMbps);
  costs.download_mbps = view["download_mbps"].number(1e-6, kFastestMbps);
  return costs;
}

StageTime read_stage(const JsonView& view) {
  StageTime time;
  time.model = view["model"].string();
  time.target = view["target"].string();
  time.first = static_cast<std::size_t>(view["first"].integer(0, kMostLayers));
  time.last = static_cast<std::size_t>(view["last"].integer(static_cast<std::int64_t>(time.first) + 1, kMostLayers));
  time.median_ms = read_ms(view["median_ms"]);
  time.low_ms = read_ms(view["low_ms"]);
  time.high_ms = read_ms(view["high_ms"]);
  time.measured_at_s = view["measured_at_s"].integer(0, kLatestTime);
  return time;
}

template <class Entry>
Json list_of(const std::vector<Entry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry));
  return list;
}

}  // namespace

Json to_json(const Costs& costs) {
  return {{"format", "tandem.profile"},
          {"version", kVersion},
          {"models", list_of(costs.models)},
          {"links", list_of(costs.links)},
          {"stages", list_of(costs.stages)}};
}

Costs costs_from_json(const Json& json, const std::string& source) {
  const JsonView root(json, source);
  root.allow_only({"format", "version", "models", "links", "stages"});
  if (root["format"].string() != "tandem.profile") root["format"].fail("tandem.profile");
  root["version"].integer(kVersion, kVersion);
  Costs costs;
  for (const auto& entry : root["models"].items()) costs.models.push_back(read_model(entry));
  for (const auto& entry : root["links"].items()) costs.links.push_back(read_link(entry));
  for (const auto& entry : root["stages"].items()) costs.stages.push_back(read_stage(entry));
  return costs;
}

Costs read_all(const Store& store) {
  return {store.all_model_costs(), store.all_link_costs(), store.all_stage_times()};
}

void write_all(Store& store, const Costs& costs) {
  for (const auto& entry : costs.models) store.put(entry);
  for (const auto& entry : costs.links) store.put(entry);
  for (const auto& entry : costs.stages) store.put(entry);
}

}  // namespace tandem::cost
