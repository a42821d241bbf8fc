#include "store/json_fields.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

// A view of one sample only where it is wrong: there may be millions.
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

}  // namespace

void check_size(std::size_t bytes, std::size_t most_bytes, const std::string& place) {
  if (bytes > 0 && bytes <= most_bytes) return;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("{}: {} bytes, expected 1 to {}", place, bytes, most_bytes));
}

Json json_of(const std::vector<cost::LayerRange>& ranges) {
  Json list = Json::array();
  for (const auto& range : ranges) list.push_back(Json::array({range.first, range.last - 1}));
  return list;
}

std::vector<cost::LayerRange> read_ranges(const JsonView& view) {
  std::vector<cost::LayerRange> ranges;
  std::int64_t next = 0;
  for (const auto& range : view.items(kLayerCount.most)) {
    const auto ends = range.items(2);
    if (ends.size() != 2) range.fail("the first and the last layer, both included");
    const std::int64_t first = ends[0].integer(next, kLayerCount.most - 1);
    next = ends[1].integer(first, kLayerCount.most - 1) + 1;
    ranges.push_back({static_cast<std::size_t>(first), static_cast<std::size_t>(next)});
  }
  if (ranges.empty()) view.fail("at least one range of layers");
  return ranges;
}

cost::Source read_source(const JsonView& view) {
  const std::string name = view.string();
  for (const cost::Source source : {cost::Source::Probe, cost::Source::Transfer, cost::Source::Given}) {
    if (name == name_of(source)) return source;
  }
  view.fail("probe, transfer or given");
}

void JsonWriter::bytes(const char* name, const std::string& value, std::size_t) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * value.size());
  for (const char byte : value) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  json_[name] = std::move(text);
}

void JsonReader::bytes(const char* name, std::string& value, std::size_t most_bytes) {
  const JsonView view = view_[name];
  const std::string text = view.string(2 * most_bytes);
  if (text.size() % 2 != 0) view.fail("two hexadecimal digits for each byte");
  value.assign(text.size() / 2, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char* const end = text.data() + 2 * i + 2;
    unsigned char byte = 0;
    if (std::from_chars(end - 2, end, byte, 16).ptr != end) view.fail("two hexadecimal digits for each byte");
    value[i] = static_cast<char>(byte);
  }
  check_size(value.size(), most_bytes, view.where());
}

void JsonReader::indices(const char* name, std::vector<std::size_t>& value, std::size_t count) {
  std::int64_t next = 0;
  for (const auto& index : view_[name].items(count)) {
    value.push_back(static_cast<std::size_t>(index.integer(next, static_cast<std::int64_t>(count) - 1)));
    next = static_cast<std::int64_t>(value.back()) + 1;
  }
}

void JsonReader::numbers(const char* name, std::vector<double>& value, const Limits& limits) {
  for (const auto& number : view_[name].items(kMostEntries)) value.push_back(number.number(limits.least, limits.most));
  require(name, !value.empty(), "at least one sample");
}

void JsonReader::by_sample(const char* name, std::vector<float>& value, std::size_t count) {
  const auto is_confidence = [](const Json& json) {
    return json.is_number() && kConfidence.contain(json.get<double>());
  };
  value = read_samples<float>(view_[name], count, is_confidence, "a number in [0, 1]");
}

void JsonReader::by_sample(const char* name, std::vector<bool>& value, std::size_t count) {
  value = read_samples<bool>(
      view_[name], count, [](const Json& json) { return json.is_boolean(); }, "true or false");
}

}  // namespace tandem::store
