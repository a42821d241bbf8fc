#include "store/row_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

template <class Number>
Blob blob_of(const std::vector<Number>& values) {
  static_assert(std::endian::native == std::endian::little);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return {bytes, bytes + values.size() * sizeof(Number)};
}

template <class Values>
void check_count(const Values& values, std::size_t count, const std::string& place) {
  if (values.size() == count) return;
  const Json json = values;
  JsonView(json, place).fail(fmt::format("a list of {} entries, one for each sample", count));
}

std::string place_in(const std::string& list, std::ptrdiff_t index) {
  return fmt::format("{}[{}]", list, index);
}

void check_confidences(const std::vector<float>& values, std::size_t count, const std::string& place) {
  check_count(values, count, place);
  const auto wrong = std::ranges::find_if_not(values, [](float value) { return kConfidence.contain(value); });
  if (wrong == values.end()) return;
  const Json json = *wrong;
  JsonView(json, place_in(place, wrong - values.begin())).fail("a number in [0, 1]");
}

void check_numbers(const std::vector<double>& values, const Limits& limits, const std::string& place) {
  for (auto value = values.begin(); value != values.end(); ++value) {
    if (!limits.contain(*value)) check(*value, limits, place_in(place, value - values.begin()));
  }
  const Json none = Json::array();
  if (values.empty()) JsonView(none, place).fail("at least one sample");
}

}  // namespace

Json value_of(const SQLite::Column& column) {
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  if (column.isText()) return column.getString();
  const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
  return Json::binary({bytes, bytes + column.getBytes()});
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string key_of(const std::vector<cost::LayerRange>& ranges) {
  std::string key;
  for (const auto& range : ranges) key += fmt::format("{}{}-{}", key.empty() ? "" : ",", range.first, range.last - 1);
  return key;
}

template <class Number>
std::vector<Number> numbers_of(const Json& blob, const std::string& path) {
  if (!blob.is_binary()) throw damaged(path, "text or a number where samples should be");
  const auto& bytes = blob.get_binary();
  if (bytes.size() % sizeof(Number) != 0) throw damaged(path, fmt::format("{} bytes of samples", bytes.size()));
  std::vector<Number> values(bytes.size() / sizeof(Number));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}
template std::vector<double> numbers_of(const Json&, const std::string&);
template std::vector<float> numbers_of(const Json&, const std::string&);
template std::vector<std::uint8_t> numbers_of(const Json&, const std::string&);

void RowWriter::text(const char* name, const std::string& value) {
  const Json json = value;
  row_.push_back({name, JsonView(json, place_of(name)).string()});
}

void RowWriter::bytes(const char* name, const std::string& value, std::size_t most_bytes) {
  check_size(value.size(), most_bytes, place_of(name));
  row_.push_back({name, Blob(value.begin(), value.end())});
}

void RowWriter::ranges(const char* name, const std::vector<cost::LayerRange>& value) {
  const Json json = json_of(value);
  read_ranges(JsonView(json, place_of(name)));  // checks them
  row_.push_back({name, key_of(value)});
}

void RowWriter::numbers(const char* name, const std::vector<double>& value, const Limits& limits) {
  check_numbers(value, limits, place_of(name));
  row_.push_back({name, blob_of(value)});
}

void RowWriter::by_sample(const char* name, const std::vector<float>& value, std::size_t count) {
  check_confidences(value, count, place_of(name));
  row_.push_back({name, blob_of(value)});
}

void RowWriter::by_sample(const char* name, const std::vector<bool>& value, std::size_t count) {
  check_count(value, count, place_of(name));
  row_.push_back({name, Blob(value.begin(), value.end())});
}

void RowWriter::require(const char* name, bool is_met, const char* expected) const {
  if (is_met) return;
  const auto column = std::ranges::find(row_, name, &Column::name);
  const Json json = std::visit([](const auto& value) { return Json(value); }, column->value);
  JsonView(json, place_of(name)).fail(expected);
}

Json RowReader::parsed(const char* name) {
  const std::string text = with(name, [](const JsonView& view) { return view.string(SIZE_MAX); });
  return base::parse_json(text, place_of(name));
}

void RowReader::bytes(const char* name, std::string& value, std::size_t most_bytes) {
  const auto bytes = numbers_of<std::uint8_t>(this->value(name), path_);
  value.assign(bytes.begin(), bytes.end());
  check_size(value.size(), most_bytes, place_of(name));
}

void RowReader::ranges(const char* name, std::vector<cost::LayerRange>& value) {
  std::string text = "[[";
  for (const char c : with(name, [](const JsonView& view) { return view.string(SIZE_MAX); }))
    text += c == '-' ? "," : c == ',' ? "],[" : std::string(1, c);
  const Json json = base::parse_json(text + "]]", place_of(name));
  value = read_ranges(JsonView(json, place_of(name)));
}

void RowReader::numbers(const char* name, std::vector<double>& value, const Limits& limits) {
  value = numbers_of<double>(this->value(name), path_);
  check_numbers(value, limits, place_of(name));
}

void RowReader::by_sample(const char* name, std::vector<float>& value, std::size_t count) {
  value = numbers_of<float>(this->value(name), path_);
  check_confidences(value, count, place_of(name));
}

void RowReader::by_sample(const char* name, std::vector<bool>& value, std::size_t count) {
  const auto flags = numbers_of<std::uint8_t>(this->value(name), path_);
  value.assign(flags.begin(), flags.end());
  check_count(value, count, place_of(name));
}

void RowReader::require(const char* name, bool is_met, const char* expected) {
  if (!is_met) with(name, [&](const JsonView& view) { view.fail(expected); });
}

}  // namespace tandem::store
