#include "store/exchange.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

#include "store/exchange_version_1.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 2;

// The layers of a stage exist in its model, where the model is in the file.
void check_layers(const cost::StageTime& time, const std::map<cost::Identity, std::size_t>& layer_counts,
                  const JsonView& view) {
  const auto count = layer_counts.find(time.identity);
  if (count == layer_counts.end() || time.ranges.back().last <= count->second) return;
  view["layers"].fail(fmt::format("layers of the model, which has {}", count->second));
}

template <class Entry>
void read_all(const JsonView& list, std::vector<Entry>& entries) {
  for (const auto& entry : list.items()) read(entry, entries.emplace_back());
}

template <class Entry>
void read_optional(const JsonView& root, const char* key, std::vector<Entry>& entries) {
  if (const auto list = root.find(key)) read_all(*list, entries);
}

Costs read_version_2(const JsonView& root) {
  root.allow_only({"format", "version", "examinations", "stages", "links", "exits", "codec_rates", "codec_times"});
  Costs costs;
  read_all(root["examinations"], costs.examinations);
  std::map<cost::Identity, std::size_t> layer_counts;
  for (const auto& examination : costs.examinations) layer_counts[examination.identity] = examination.layer_count;
  for (const auto& entry : root["stages"].items()) {
    read(entry, costs.stages.emplace_back());
    check_layers(costs.stages.back(), layer_counts, entry);
  }
  read_all(root["links"], costs.links);
  read_optional(root, "exits", costs.exits);
  read_optional(root, "codec_rates", costs.codec_rates);
  read_optional(root, "codec_times", costs.codec_times);
  return costs;
}

template <class Entry>
Json list_of(const std::vector<Entry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(json_of(entry));
  return list;
}

}  // namespace

// A file without exit statistics and codecs can be read by versions that do not know these.
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

}  // namespace tandem::store
