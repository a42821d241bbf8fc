#include "store/exchange.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <utility>

#include "base/error.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 2;
constexpr double kLongestMs = 1e9;
constexpr double kSlowestMbps = 1e-6;
constexpr double kFastestMbps = 1e9;
constexpr std::int64_t kLatestTime = 1LL << 40;
constexpr std::int64_t kMostLayers = 1'000'000;
constexpr std::size_t kMostExitSamples = 10'000'000;
constexpr double kMostTemperature = 1e6;

constexpr std::pair<const char*, double cost::Features::*> kFeatures[] = {
    {"multiply_accumulates", &cost::Features::multiply_accumulates},
    {"input_bytes", &cost::Features::input_bytes},
    {"output_bytes", &cost::Features::output_bytes},
    {"weight_bytes", &cost::Features::weight_bytes},
    {"kernel_elements", &cost::Features::kernel_elements},
    {"stride", &cost::Features::stride},
    {"groups", &cost::Features::groups},
    {"input_maps", &cost::Features::input_maps},
    {"filters", &cost::Features::filters},
    {"output_elements", &cost::Features::output_elements},
    {"im2col_bytes", &cost::Features::im2col_bytes},
};

Json json_of(const cost::Features& features) {
  Json json = {{"op_type", features.op_type}};
  for (const auto& [name, member] : kFeatures) json[name] = features.*member;
  return json;
}

Json json_of(const cost::Kernel& kernel) {
  Json json = {
      {"name", kernel.name}, {"op_type", kernel.op_type}, {"median_ms", kernel.median_ms}, {"layers", kernel.layers}};
  if (kernel.features != cost::Features{}) json["features"] = json_of(kernel.features);
  return json;
}

Json json_of(const exits::ExitRecord& exit) {
  Json json = {{"name", exit.name}, {"temperature", exit.temperature}};
  for (std::size_t i = 0; i < exits::kConfidences.size(); ++i)
    json[name_of(exits::kConfidences[i])] = exit.confidence[i];
  json["correct"] = exit.is_right;
  return json;
}

cost::Features read_features(const JsonView& view) {
  cost::Features features;
  features.op_type = view["op_type"].string();
  for (const auto& [name, member] : kFeatures) features.*member = view[name].number(0, kMost);
  return features;
}

cost::Kernel read_kernel(const JsonView& view, std::size_t layer_count) {
  cost::Kernel kernel;
  kernel.name = view["name"].string();
  kernel.op_type = view["op_type"].string();
  kernel.median_ms = read_ms(view["median_ms"]);
  std::int64_t next = 0;
  for (const auto& layer : view["layers"].items(layer_count)) {
    kernel.layers.push_back(static_cast<std::size_t>(layer.integer(next, static_cast<std::int64_t>(layer_count) - 1)));
    next = static_cast<std::int64_t>(kernel.layers.back()) + 1;
  }
  if (const auto features = view.find("features")) kernel.features = read_features(*features);
  return kernel;
}

std::vector<cost::LayerRange> read_ranges(const JsonView& view) {
  std::vector<cost::LayerRange> ranges;
  std::int64_t next = 0;
  for (const auto& range : view.items(kMostLayers)) {
    const auto ends = range.items(2);
    if (ends.size() != 2) range.fail("the first and the last layer, both included");
    const std::int64_t first = ends[0].integer(next, kMostLayers - 1);
    next = ends[1].integer(first, kMostLayers - 1) + 1;
    ranges.push_back({static_cast<std::size_t>(first), static_cast<std::size_t>(next)});
  }
  if (ranges.empty()) view.fail("at least one range of layers");
  return ranges;
}

void write_reading(Json& json, const std::string& name, const char* unit, const cost::Reading& reading) {
  json[name + unit] = reading.value;
  json[name + "_at_s"] = reading.measured_at_s;
  json[name + "_source"] = name_of(reading.source);
}

cost::Source read_source(const JsonView& view) {
  const std::string name = view.string();
  for (const cost::Source source : {cost::Source::Probe, cost::Source::Transfer, cost::Source::Given}) {
    if (name == name_of(source)) return source;
  }
  view.fail("probe, transfer or given");
}

cost::Reading read_reading(const JsonView& view, const std::string& name, const char* unit, double minimum,
                           double maximum) {
  return {view[name + unit].number(minimum, maximum), view[name + "_at_s"].integer(0, kLatestTime),
          read_source(view[name + "_source"])};
}

std::string read_part(const JsonView& view) {
  const std::string part = view.string();
  if (part != "calibration" && part != "test") view.fail("calibration or test");
  return part;
}

// One value for each sample. Millions of them: only one that is wrong gets a view, which names its place.
template <class Value, class Accepts>
std::vector<Value> read_samples(const JsonView& view, std::size_t count, const Accepts& accepts, const char* expected) {
  const Json& list = view.json();
  if (!list.is_array() || list.size() != count)
    view.fail(fmt::format("a list of {} entries, one for each sample", count));
  std::vector<Value> values;
  values.reserve(count);
  for (const Json& each : list) {
    if (!accepts(each)) JsonView(each, fmt::format("{}[{}]", view.where(), values.size())).fail(expected);
    values.push_back(each.get<Value>());
  }
  return values;
}

bool is_confidence(const Json& json) {
  return json.is_number() && json.get<double>() >= 0 && json.get<double>() <= 1;
}

exits::ExitRecord read_exit(const JsonView& view, std::size_t sample_count) {
  exits::ExitRecord exit;
  exit.name = view["name"].string();
  exit.temperature = view["temperature"].number(0, kMostTemperature);
  if (exit.temperature == 0) view["temperature"].fail("a number above 0");
  for (std::size_t i = 0; i < exits::kConfidences.size(); ++i)
    exit.confidence[i] =
        read_samples<float>(view[name_of(exits::kConfidences[i])], sample_count, is_confidence, "a number in [0, 1]");
  exit.is_right = read_samples<bool>(
      view["correct"], sample_count, [](const Json& json) { return json.is_boolean(); }, "true or false");
  return exit;
}

// Version 1 had no kernels: a run of layers up to one that ended a kernel stands for it.
std::vector<cost::Kernel> kernels_of(const std::vector<double>& layer_ms, const std::vector<bool>& ends_kernel) {
  std::vector<cost::Kernel> kernels;
  bool is_open = false;
  for (std::size_t layer = 0; layer < layer_ms.size(); ++layer) {
    if (!is_open) kernels.emplace_back();
    kernels.back().median_ms += layer_ms[layer];
    kernels.back().layers.push_back(layer);
    is_open = !ends_kernel[layer];
  }
  return kernels;
}

void read_version_1_model(const JsonView& view, Costs& costs) {
  cost::Examination examination;
  examination.identity = read_identity(view);
  examination.measured_at_s = read_time(view);
  std::vector<double> layer_ms;
  std::vector<bool> ends_kernel;
  for (const auto& time : view["layer_ms"].items(kMostLayers)) layer_ms.push_back(read_ms(time));
  for (const auto& ends : view["ends_kernel"].items(kMostLayers)) ends_kernel.push_back(ends.boolean());
  if (layer_ms.empty()) view["layer_ms"].fail("at least one layer");
  if (ends_kernel.size() != layer_ms.size()) {
    view["ends_kernel"].fail(fmt::format("as many entries as layer_ms has, {}", layer_ms.size()));
  }
  examination.layer_count = layer_ms.size();
  examination.kernels = kernels_of(layer_ms, ends_kernel);
  const std::vector<double> samples = {read_ms(view["whole_low_ms"]), read_ms(view["whole_ms"]),
                                       read_ms(view["whole_high_ms"])};
  costs.stages.push_back({examination.identity, {{0, layer_ms.size()}}, samples, examination.measured_at_s});
  costs.examinations.push_back(std::move(examination));
}

cost::LinkCosts read_version_1_link(const JsonView& view) {
  const auto given = [&](const char* key, double minimum, double maximum) {
    return cost::Reading{view[key].number(minimum, maximum), read_time(view), cost::Source::Given};
  };
  cost::LinkCosts costs{view["from"].string(), view["to"].string()};
  costs.round_trip_ms = given("round_trip_ms", 0, kLongestMs);
  costs.jitter_ms = {0, read_time(view), cost::Source::Given};
  costs.upload_mbps = given("upload_mbps", kSlowestMbps, kFastestMbps);
  costs.download_mbps = given("download_mbps", kSlowestMbps, kFastestMbps);
  return costs;
}

// Machine and engine stand with the model only: a stage without it, or of all its layers once more, is passed over.
Costs read_version_1(const JsonView& root) {
  root.allow_only({"format", "version", "models", "links", "stages"});
  Costs costs;
  for (const auto& entry : root["models"].items()) read_version_1_model(entry, costs);
  for (const auto& entry : root["links"].items()) costs.links.push_back(read_version_1_link(entry));
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (std::size_t i = 0; i < costs.examinations.size(); ++i)
    known[{costs.examinations[i].identity.model, costs.examinations[i].identity.target}] = i;
  for (const auto& entry : root["stages"].items()) {
    const auto first = entry["first"].integer(0, kMostLayers);
    const auto last = entry["last"].integer(first + 1, kMostLayers);
    const cost::LayerRange range{static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
    const std::vector<double> samples = {read_ms(entry["low_ms"]), read_ms(entry["median_ms"]),
                                         read_ms(entry["high_ms"])};
    const auto found = known.find({entry["model"].string(), entry["target"].string()});
    if (found == known.end()) continue;
    const auto& examination = costs.examinations[found->second];
    const cost::LayerRange whole{0, examination.layer_count};
    if (range == whole || range.last > whole.last) continue;
    costs.stages.push_back({examination.identity, {range}, samples, read_time(entry)});
  }
  return costs;
}

// Of models that are in the file, layers have to exist.
void check_layers(const cost::StageTime& time, const std::map<cost::Identity, std::size_t>& layer_counts,
                  const JsonView& view) {
  const auto count = layer_counts.find(time.identity);
  if (count == layer_counts.end() || time.ranges.back().last <= count->second) return;
  view["layers"].fail(fmt::format("layers of the model, which has {}", count->second));
}

template <class Entry>
void read_optional(const JsonView& root, const char* key, std::vector<Entry>& entries,
                   Entry (*read)(const JsonView& view)) {
  const auto list = root.find(key);
  if (!list) return;
  for (const auto& entry : list->items()) entries.push_back(read(entry));
}

Costs read_version_2(const JsonView& root) {
  root.allow_only({"format", "version", "examinations", "stages", "links", "exits", "codec_rates", "codec_times"});
  Costs costs;
  std::map<cost::Identity, std::size_t> layer_counts;
  for (const auto& entry : root["examinations"].items()) {
    costs.examinations.push_back(read_examination(entry));
    layer_counts[costs.examinations.back().identity] = costs.examinations.back().layer_count;
  }
  for (const auto& entry : root["stages"].items()) {
    costs.stages.push_back(read_stage_time(entry));
    check_layers(costs.stages.back(), layer_counts, entry);
  }
  for (const auto& entry : root["links"].items()) costs.links.push_back(read_link_costs(entry));
  read_optional(root, "exits", costs.exits, read_exit_statistics);
  read_optional(root, "codec_rates", costs.codec_rates, read_codec_rate);
  read_optional(root, "codec_times", costs.codec_times, read_codec_time);
  return costs;
}

using store::json_of;  // beside those of this file

template <class Entry>
Json list_of(const std::vector<Entry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry));
  return list;
}

}  // namespace

Json json_of(const cost::Identity& identity) {
  return {{"model", identity.model},
          {"target", identity.target},
          {"machine", identity.machine},
          {"engine", identity.engine}};
}

double read_ms(const JsonView& view) {
  return view.number(0, kLongestMs);
}

std::int64_t read_time(const JsonView& view) {
  return view["measured_at_s"].integer(0, kLatestTime);
}

cost::Identity read_identity(const JsonView& view) {
  return {view["model"].string(), view["target"].string(), view["machine"].string(), view["engine"].string()};
}

Json json_of(const cost::Examination& examination) {
  Json json = json_of(examination.identity);
  json["measured_at_s"] = examination.measured_at_s;
  json["layer_count"] = examination.layer_count;
  json["load_ms"] = examination.load_ms;
  json["resident_bytes"] = examination.resident_bytes;
  json["peak_bytes"] = examination.peak_bytes;
  json["kernels"] = list_of(examination.kernels);
  return json;
}

Json json_of(const cost::StageTime& time) {
  Json json = json_of(time.identity);
  json["layers"] = Json::array();
  for (const auto& range : time.ranges) json["layers"].push_back(Json::array({range.first, range.last - 1}));
  json["measured_at_s"] = time.measured_at_s;
  json["samples_ms"] = time.samples_ms;
  return json;
}

Json json_of(const cost::LinkCosts& costs) {
  Json json = {{"from", costs.from}, {"to", costs.to}};
  write_reading(json, "round_trip", "_ms", costs.round_trip_ms);
  write_reading(json, "jitter", "_ms", costs.jitter_ms);
  write_reading(json, "upload", "_mbps", costs.upload_mbps);
  write_reading(json, "download", "_mbps", costs.download_mbps);
  return json;
}

Json json_of(const exits::ExitStatistics& statistics) {
  return {{"model", statistics.model},
          {"data", statistics.data},
          {"part", statistics.part},
          {"measured_at_s", statistics.measured_at_s},
          {"exits", list_of(statistics.exits)}};
}

cost::Examination read_examination(const JsonView& view) {
  cost::Examination examination;
  examination.identity = read_identity(view);
  examination.measured_at_s = read_time(view);
  examination.layer_count = static_cast<std::size_t>(view["layer_count"].integer(1, kMostLayers));
  examination.load_ms = read_ms(view["load_ms"]);
  examination.resident_bytes = view["resident_bytes"].number(0, kMost);
  examination.peak_bytes = view["peak_bytes"].number(0, kMost);
  for (const auto& kernel : view["kernels"].items())
    examination.kernels.push_back(read_kernel(kernel, examination.layer_count));
  return examination;
}

cost::StageTime read_stage_time(const JsonView& view) {
  cost::StageTime time;
  time.identity = read_identity(view);
  time.ranges = read_ranges(view["layers"]);
  time.measured_at_s = read_time(view);
  for (const auto& sample : view["samples_ms"].items()) time.samples_ms.push_back(read_ms(sample));
  if (time.samples_ms.empty()) view["samples_ms"].fail("at least one sample");
  return time;
}

cost::LinkCosts read_link_costs(const JsonView& view) {
  cost::LinkCosts costs{view["from"].string(), view["to"].string()};
  costs.round_trip_ms = read_reading(view, "round_trip", "_ms", 0, kLongestMs);
  costs.jitter_ms = read_reading(view, "jitter", "_ms", 0, kLongestMs);
  costs.upload_mbps = read_reading(view, "upload", "_mbps", kSlowestMbps, kFastestMbps);
  costs.download_mbps = read_reading(view, "download", "_mbps", kSlowestMbps, kFastestMbps);
  return costs;
}

exits::ExitStatistics read_exit_statistics(const JsonView& view) {
  exits::ExitStatistics statistics{view["model"].string(), view["data"].string(), read_part(view["part"]),
                                   read_time(view)};
  const auto exits = view["exits"].items(kMostExits);
  if (exits.empty()) view["exits"].fail("at least one exit");
  const std::size_t sample_count = exits[0]["correct"].json().size();
  if (sample_count == 0) exits[0]["correct"].fail("at least one sample");
  if (sample_count > kMostExitSamples / exits.size()) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: {} exits with {} samples each, expected at most {} samples of all together",
                                  view.where(), exits.size(), sample_count, kMostExitSamples));
  }
  for (const auto& exit : exits) statistics.exits.push_back(read_exit(exit, sample_count));
  return statistics;
}

// Without exit statistics and codecs it is what older readers know.
Json to_json(const Costs& costs) {
  Json json = {{"format", "tandem.profile"},
               {"version", kVersion},
               {"examinations", list_of(costs.examinations)},
               {"stages", list_of(costs.stages)},
               {"links", list_of(costs.links)}};
  if (!costs.exits.empty()) json["exits"] = list_of(costs.exits);
  if (!costs.codec_rates.empty()) json["codec_rates"] = list_of(costs.codec_rates);
  if (!costs.codec_times.empty()) json["codec_times"] = list_of(costs.codec_times);
  return json;
}

Costs costs_from_json(const Json& json, const std::string& source) {
  const JsonView root(json, source);
  if (root["format"].string() != "tandem.profile") root["format"].fail("tandem.profile");
  return root["version"].integer(1, kVersion) == 1 ? read_version_1(root) : read_version_2(root);
}

Costs read_all(const Store& store) {
  return {store.all_examinations(),    store.all_stage_times(), store.all_link_costs(),
          store.all_exit_statistics(), store.all_codec_rates(), store.all_codec_times()};
}

void write_all(Store& store, const Costs& costs) {
  store.write_together([&] {
    for (const auto& entry : costs.examinations) store.put(entry);
    for (const auto& entry : costs.stages) store.put(entry);
    for (const auto& entry : costs.links) store.put(entry);
    for (const auto& entry : costs.exits) store.put(entry);
    for (const auto& entry : costs.codec_rates) store.put(entry);
    for (const auto& entry : costs.codec_times) store.put(entry);
  });
}

}  // namespace tandem::store
