// The stack of a pickle's opcodes: values are pushed, and combined at its top. Private to plan/import/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "plan/import/bytes.h"

namespace tandem::plan {

// A value and how deep it is nested: short files can nest deeply, and trees are copied and freed recursively.
struct PickleValue {
  base::Json json;
  std::size_t depth = 0;
};
using PickleValues = std::vector<PickleValue>;

// The stack machine of Python's pickletools: opcodes push values, and combine those on top. A mark begins a list of
// operands.
class PickleStack {
 public:
  explicit PickleStack(const ImportFile& file) : bytes(file) {}

  void push(base::Json json);
  void push_text(std::string_view text);
  PickleValue pop();
  PickleValues pop_many(std::size_t count);
  PickleValues pop_to_mark();
  void mark() { marks_.push_back(stack_.size()); }

  void push_list(PickleValues values);
  void append(PickleValues values);
  void set_items(PickleValues values);
  void make_object();
  void push_class(std::string_view module, std::string_view name) { push_text(fmt::format("{} {}", module, name)); }
  void fill_object();
  void keep(std::uint64_t index);
  void keep_next() { keep(memo_.size()); }
  void recall(std::uint64_t index);

  Bytes bytes;

 private:
  PickleValue& top(base::Json::value_t kind);
  base::Json numpy_number(const base::Json& kind, const base::Json& raw);
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void nest(PickleValue& outer, const PickleValue& inner);

  std::size_t values_ = 0;
  std::size_t text_bytes_ = 0;
  PickleValues stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, base::Json> memo_;
};

}  // namespace tandem::plan
