// Entries of a profile as JSON. An entry lists its fields once, as a function of `fields` and the entry
// (`kExaminationFields` in examinations.cpp). That is called with JsonWriter and JsonReader, here, or with RowWriter
// and RowReader of row_fields.h. Readers throw Error(InvalidInput) with the place. Private to store/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cost/costs.h"
#include "store/limits.h"

namespace tandem::store {

// [[first, last], …], both ends included; at least one range, ascending and apart.
base::Json json_of(const std::vector<cost::LayerRange>& ranges);
std::vector<cost::LayerRange> read_ranges(const base::JsonView& view);

cost::Source read_source(const base::JsonView& view);

class JsonWriter {
 public:
  void text(const char* name, const std::string& value) { json_[name] = value; }
  void number(const char* name, double value, const Limits&) { json_[name] = value; }
  template <class Whole>
  void whole(const char* name, Whole value, const WholeLimits&) {
    json_[name] = value;
  }
  void source(const char* name, cost::Source value) { json_[name] = cost::name_of(value); }
  void bytes(const char* name, const std::string& value, std::size_t most_bytes);  // as hexadecimal text
  void ranges(const char* name, const std::vector<cost::LayerRange>& value) { json_[name] = json_of(value); }
  void indices(const char* name, const std::vector<std::size_t>& value, std::size_t) { json_[name] = value; }
  void numbers(const char* name, const std::vector<double>& value, const Limits&) { json_[name] = value; }
  template <class Value>
  void by_sample(const char* name, const std::vector<Value>& value, std::size_t) {
    json_[name] = value;
  }
  template <class Item, class ItemFields>
  void list(const char* name, const std::vector<Item>& items, std::size_t, const ItemFields& item_fields);
  template <class Value, class ValueFields>
  void optional(const char* name, const Value& value, const ValueFields& value_fields);
  void require(const char*, bool, const char*) {}

  base::Json take() { return std::move(json_); }

 private:
  base::Json json_ = base::Json::object();
};

class JsonReader {
 public:
  explicit JsonReader(base::JsonView view) : view_(std::move(view)) {}

  void text(const char* name, std::string& value) { value = view_[name].string(); }
  void number(const char* name, double& value, const Limits& limits) {
    value = view_[name].number(limits.least, limits.most);
  }
  template <class Whole>
  void whole(const char* name, Whole& value, const WholeLimits& limits) {
    value = static_cast<Whole>(view_[name].integer(limits.least, limits.most));
  }
  void source(const char* name, cost::Source& value) { value = read_source(view_[name]); }
  void bytes(const char* name, std::string& value, std::size_t most_bytes);
  void ranges(const char* name, std::vector<cost::LayerRange>& value) { value = read_ranges(view_[name]); }
  void indices(const char* name, std::vector<std::size_t>& value, std::size_t count);  // ascending, below count
  void numbers(const char* name, std::vector<double>& value, const Limits& limits);    // at least one
  void by_sample(const char* name, std::vector<float>& value, std::size_t count);      // confidences
  void by_sample(const char* name, std::vector<bool>& value, std::size_t count);
  template <class Item, class ItemFields>
  void list(const char* name, std::vector<Item>& items, std::size_t most, const ItemFields& item_fields);
  template <class Value, class ValueFields>
  void optional(const char* name, Value& value, const ValueFields& value_fields);
  void require(const char* name, bool is_met, const char* expected) const {
    if (!is_met) view_[name].fail(expected);
  }

 private:
  base::JsonView view_;
};

template <class Entry, class EntryFields>
base::Json write_json(const Entry& entry, const EntryFields& entry_fields) {
  JsonWriter fields;
  entry_fields(fields, entry);
  return fields.take();
}

template <class Entry, class EntryFields>
Entry read_json(const base::JsonView& view, const EntryFields& entry_fields) {
  Entry entry;
  JsonReader fields(view);
  entry_fields(fields, entry);
  return entry;
}

template <class Item, class ItemFields>
base::Json write_list(const std::vector<Item>& items, const ItemFields& item_fields) {
  base::Json list = base::Json::array();
  for (const Item& item : items) list.push_back(write_json(item, item_fields));
  return list;
}

template <class Item, class ItemFields>
std::vector<Item> read_list(const base::JsonView& view, std::size_t most, const ItemFields& item_fields) {
  std::vector<Item> items;
  for (const auto& item : view.items(most)) items.push_back(read_json<Item>(item, item_fields));
  return items;
}

template <class Item, class ItemFields>
void JsonWriter::list(const char* name, const std::vector<Item>& items, std::size_t, const ItemFields& item_fields) {
  json_[name] = write_list(items, item_fields);
}

// Left out where the value is the default.
template <class Value, class ValueFields>
void JsonWriter::optional(const char* name, const Value& value, const ValueFields& value_fields) {
  if (value != Value{}) json_[name] = write_json(value, value_fields);
}

template <class Item, class ItemFields>
void JsonReader::list(const char* name, std::vector<Item>& items, std::size_t most, const ItemFields& item_fields) {
  items = read_list<Item>(view_[name], most, item_fields);
}

template <class Value, class ValueFields>
void JsonReader::optional(const char* name, Value& value, const ValueFields& value_fields) {
  if (const auto found = view_.find(name)) value = read_json<Value>(*found, value_fields);
}

inline constexpr auto kIdentityFields = [](auto& fields, auto& identity) {
  fields.text("model", identity.model);
  fields.text("target", identity.target);
  fields.text("machine", identity.machine);
  fields.text("engine", identity.engine);
};

}  // namespace tandem::store
