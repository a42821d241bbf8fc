// Entries of a profile as rows of the store: the fields of json_fields.h written to columns and read from them, without
// JSON in between but for columns that are JSON. Columns are named as the fields are. Private to store/.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/errors.h"
#include "store/json_fields.h"

namespace tandem::store {

using Blob = std::vector<std::uint8_t>;
using Value = std::variant<std::int64_t, double, std::string, Blob>;

struct Column {
  std::string name;
  Value value;
};
using Row = std::vector<Column>;

base::Json value_of(const SQLite::Column& column);                // a blob is a binary value
std::string text_of(const base::Json& json);                      // also where it is not UTF-8
std::string key_of(const std::vector<cost::LayerRange>& ranges);  // "0-12,15-20", both ends included

// Of double, float and uint8_t, little-endian. Throws `damaged(path, …)`.
template <class Number>
std::vector<Number> numbers_of(const base::Json& blob, const std::string& path);

// Collects a row, and checks each value: throws Error(InvalidInput) that begins with `place`.
class RowWriter {
 public:
  explicit RowWriter(std::string place) : place_(std::move(place)) {}

  void text(const char* name, const std::string& value);
  void number(const char* name, double value, const Limits& limits) {
    check(value, limits, place_of(name));
    row_.push_back({name, value});
  }
  template <class Whole>
  void whole(const char* name, Whole value, const WholeLimits& limits) {
    check(value, limits, place_of(name));
    row_.push_back({name, static_cast<std::int64_t>(value)});
  }
  void source(const char* name, cost::Source value) { row_.push_back({name, cost::name_of(value)}); }
  void bytes(const char* name, const std::string& value, std::size_t most_bytes);
  void ranges(const char* name, const std::vector<cost::LayerRange>& value);
  void numbers(const char* name, const std::vector<double>& value, const Limits& limits);
  void by_sample(const char* name, const std::vector<float>& value, std::size_t count);
  void by_sample(const char* name, const std::vector<bool>& value, std::size_t count);
  template <class Item, class ItemFields>
  void list(const char* name, const std::vector<Item>& items, std::size_t most, const ItemFields& item_fields) {
    const base::Json json = write_list(items, item_fields);
    read_list<Item>(base::JsonView(json, place_of(name)), most, item_fields);  // checks it
    row_.push_back({name, text_of(json)});
  }
  void require(const char* name, bool is_met, const char* expected) const;

  const Row& row() const { return row_; }

 private:
  std::string place_of(const char* name) const { return place_ + ": " + name; }

  std::string place_;
  Row row_;
};

// Reads the row that `statement` is at. Throws Error(InvalidInput) that says that the store at `path` is damaged, and
// where: `part` is the table, or the entry in it.
class RowReader {
 private:
  std::string place_of(const char* name) const { return place_ + ": " + name; }
  base::Json value(const char* name) { return value_of(statement_.getColumn(name)); }
  template <class Read>
  auto with(const char* name, const Read& read) {
    const base::Json json = value(name);
    return read(base::JsonView(json, place_of(name)));
  }

 public:
  RowReader(SQLite::Statement& statement, const std::string& path, const std::string& part)
      : statement_(statement), path_(path), place_(damaged(path, part).message()) {}

  void text(const char* name, std::string& value) {
    value = with(name, [](const base::JsonView& view) { return view.string(); });
  }
  void number(const char* name, double& value, const Limits& limits) {
    value = with(name, [&](const base::JsonView& view) { return view.number(limits.least, limits.most); });
  }
  template <class Whole>
  void whole(const char* name, Whole& value, const WholeLimits& limits) {
    value = static_cast<Whole>(
        with(name, [&](const base::JsonView& view) { return view.integer(limits.least, limits.most); }));
  }
  void source(const char* name, cost::Source& value) { value = with(name, read_source); }
  void bytes(const char* name, std::string& value, std::size_t most_bytes);
  void ranges(const char* name, std::vector<cost::LayerRange>& value);
  void numbers(const char* name, std::vector<double>& value, const Limits& limits);
  void by_sample(const char* name, std::vector<float>& value, std::size_t count);
  void by_sample(const char* name, std::vector<bool>& value, std::size_t count);
  template <class Item, class ItemFields>
  void list(const char* name, std::vector<Item>& items, std::size_t most, const ItemFields& item_fields) {
    const base::Json json = parsed(name);
    items = read_list<Item>(base::JsonView(json, place_of(name)), most, item_fields);
  }
  void require(const char* name, bool is_met, const char* expected);

  std::size_t bytes_in(const char* name) { return static_cast<std::size_t>(statement_.getColumn(name).getBytes()); }

 private:
  base::Json parsed(const char* name);

  SQLite::Statement& statement_;
  const std::string& path_;
  std::string place_;
};

}  // namespace tandem::store
