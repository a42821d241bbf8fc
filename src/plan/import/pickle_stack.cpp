#include "plan/import/pickle_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace tandem::plan {
namespace {

constexpr std::size_t kMostValues = 1'000'000;
constexpr std::size_t kMostTextBytes = 64u << 20;  // of all texts: a short opcode repeats a long one
constexpr std::size_t kMostMembers = 10'000;       // of a dictionary
constexpr std::size_t kDeepest = 64;

}  // namespace

using base::Json;

void PickleStack::push(Json json) {
  if (++values_ > kMostValues) bytes.fail(fmt::format("more than {} values", kMostValues));
  stack_.push_back({std::move(json)});
}

void PickleStack::push_text(std::string_view text) {
  text_bytes_ += text.size();
  if (text_bytes_ > kMostTextBytes) bytes.fail(fmt::format("more than {} bytes of texts", kMostTextBytes));
  push(std::string(text));
}

PickleValue PickleStack::pop() {
  if (stack_.size() <= floor()) bytes.fail("an operand is missing");
  PickleValue value = std::move(stack_.back());
  stack_.pop_back();
  return value;
}

PickleValues PickleStack::pop_many(std::size_t count) {
  PickleValues values(count);
  while (count-- > 0) values[count] = pop();
  return values;
}

PickleValues PickleStack::pop_to_mark() {
  if (marks_.empty()) bytes.fail("a mark is missing");
  PickleValues values = pop_many(stack_.size() - floor());
  marks_.pop_back();
  return values;
}

PickleValue& PickleStack::top(Json::value_t kind) {
  if (stack_.size() <= floor() || stack_.back().json.type() != kind)
    bytes.fail("an operand of another kind than its opcode takes");
  return stack_.back();
}

void PickleStack::nest(PickleValue& outer, const PickleValue& inner) {
  outer.depth = std::max(outer.depth, inner.depth + 1);
  if (outer.depth > kDeepest) bytes.fail(fmt::format("nested deeper than {} levels", kDeepest));
}

void PickleStack::push_list(PickleValues values) {
  push(Json::array());
  append(std::move(values));
}

void PickleStack::append(PickleValues values) {
  PickleValue& list = top(Json::value_t::array);
  for (auto& value : values) {
    nest(list, value);
    list.json.push_back(std::move(value.json));
  }
}

void PickleStack::set_items(PickleValues values) {
  PickleValue& object = top(Json::value_t::object);
  if (values.size() % 2 != 0) bytes.fail("a key without a value");
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const Json& key = values[i].json;
    if (key.is_structured()) bytes.fail("a key that is no text and no number");
    nest(object, values[i + 1]);
    object.json[key.is_string() ? key.get<std::string>() : key.dump()] = std::move(values[i + 1].json);
    if (object.json.size() > kMostMembers) bytes.fail(fmt::format("a dictionary of more than {} keys", kMostMembers));
  }
}

// A class and its arguments make way for a dictionary, which fill_object fills; or for a number of NumPy's, whose kind
// stands for its whole description.
void PickleStack::make_object() {
  const PickleValues call = pop_many(2);
  const Json& arguments = call[1].json;
  const bool has_text = arguments.is_array() && !arguments.empty() && arguments[0].is_string();
  if (has_text && call[0].json == "numpy dtype") return push_text(arguments[0].get_ref<const std::string&>());
  if (has_text && arguments.size() == 2 && arguments[1].is_string() && call[0].json.is_string() &&
      call[0].json.get_ref<const std::string&>().ends_with("multiarray scalar"))
    return push(numpy_number(arguments[0], arguments[1]));
  push(Json::object());
}

Json PickleStack::numpy_number(const Json& kind, const Json& raw) {
  const auto& content = raw.get_ref<const std::string&>();
  if (content.size() != 8 || (kind != "f8" && kind != "i8")) bytes.fail("a NumPy number other than f8 and i8");
  const auto bits = Bytes({"", content}).unsigned_of(8);
  if (kind == "i8") return static_cast<std::int64_t>(bits);
  return std::bit_cast<double>(bits);
}

void PickleStack::fill_object() {
  PickleValue state = pop();
  if (state.json.is_array() && !stack_.empty() && stack_.back().json.is_string()) return;  // a kind of number
  if (!state.json.is_object()) bytes.fail("an object whose state is no dictionary");
  top(Json::value_t::object) = std::move(state);
}

// Containers are kept as nothing: one that stood in two places could expand without end.
void PickleStack::keep(std::uint64_t index) {
  if (stack_.empty()) bytes.fail("an operand is missing");
  const Json& value = stack_.back().json;
  memo_[index] = value.is_structured() ? Json(Json::value_t::discarded) : value;
}

void PickleStack::recall(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) bytes.fail(fmt::format("value {} is recalled but was not kept", index));
  const Json& value = found->second;
  if (value.is_discarded()) bytes.fail("a list or an object stands in two places, expected plain data");
  value.is_string() ? push_text(value.get_ref<const std::string&>()) : push(value);
}

}  // namespace tandem::plan
