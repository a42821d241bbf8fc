#include "store/exchange_version_1.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "store/json_fields.h"

namespace tandem::store {
namespace {

using base::JsonView;

double read_ms(const JsonView& view) {
  return view.number(kMilliseconds.least, kMilliseconds.most);
}

std::int64_t read_time(const JsonView& view) {
  return view["measured_at_s"].integer(kUnixTime.least, kUnixTime.most);
}

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
  examination.identity = read_json<cost::Identity>(view, kIdentityFields);
  examination.measured_at_s = read_time(view);
  std::vector<double> layer_ms;
  std::vector<bool> ends_kernel;
  for (const auto& time : view["layer_ms"].items(kLayerCount.most)) layer_ms.push_back(read_ms(time));
  for (const auto& ends : view["ends_kernel"].items(kLayerCount.most)) ends_kernel.push_back(ends.boolean());
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
  const auto given = [&](const char* key, const Limits& limits) {
    return cost::Reading{view[key].number(limits.least, limits.most), read_time(view), cost::Source::Given};
  };
  cost::LinkCosts costs{view["from"].string(), view["to"].string()};
  costs.round_trip_ms = given("round_trip_ms", kMilliseconds);
  costs.jitter_ms = {0, read_time(view), cost::Source::Given};
  costs.upload_mbps = given("upload_mbps", kBandwidth);
  costs.download_mbps = given("download_mbps", kBandwidth);
  return costs;
}

}  // namespace

// Only models have a machine and an engine: stages of unknown models are skipped, and those of all layers, which the
// model repeats.
Costs read_version_1(const JsonView& root) {
  root.allow_only({"format", "version", "models", "links", "stages"});
  Costs costs;
  for (const auto& entry : root["models"].items()) read_version_1_model(entry, costs);
  for (const auto& entry : root["links"].items()) costs.links.push_back(read_version_1_link(entry));
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (std::size_t i = 0; i < costs.examinations.size(); ++i)
    known[{costs.examinations[i].identity.model, costs.examinations[i].identity.target}] = i;
  for (const auto& entry : root["stages"].items()) {
    const auto first = entry["first"].integer(0, kLayerCount.most);
    const auto last = entry["last"].integer(first + 1, kLayerCount.most);
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

}  // namespace tandem::store
