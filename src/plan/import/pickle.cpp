#include "plan/import/pickle.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <vector>

#include "plan/import/bytes.h"

namespace tandem::plan {
namespace {

using base::Json;

constexpr std::size_t kMostValues = 1'000'000;
constexpr std::size_t kMostTextBytes = 64u << 20;  // of all texts: a short opcode repeats a long one
constexpr std::size_t kMostMembers = 10'000;       // of a dictionary
constexpr std::size_t kDeepest = 64;

// A value and how deep it is nested: short files can nest deeply, and trees are copied and freed recursively.
struct Value {
  Json json;
  std::size_t depth = 0;
};
using Values = std::vector<Value>;

// The stack machine of Python's pickletools: opcodes push values, and combine those on top. A mark begins a list of
// operands.
class PickleReader {
 public:
  explicit PickleReader(const ImportFile& file) : bytes(file) {}

  Json read();

  void push(Json json);
  void push_text(std::string_view text);
  Value pop();
  Values pop_many(std::size_t count);
  Values pop_to_mark();
  void mark() { marks_.push_back(stack_.size()); }

  void push_list(Values values);
  void append(Values values);
  void set_items(Values values);
  void make_object();
  void push_class(std::string_view module, std::string_view name) { push_text(fmt::format("{} {}", module, name)); }
  void fill_object();
  void keep(std::uint64_t index);
  void keep_next() { keep(memo_.size()); }
  void recall(std::uint64_t index);

  Bytes bytes;

 private:
  Value& top(Json::value_t kind);
  Json numpy_number(const Json& kind, const Json& raw);
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  void nest(Value& outer, const Value& inner);

  std::size_t values_ = 0;
  std::size_t text_bytes_ = 0;
  Values stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, Json> memo_;
};

void PickleReader::push(Json json) {
  if (++values_ > kMostValues) bytes.fail(fmt::format("more than {} values", kMostValues));
  stack_.push_back({std::move(json)});
}

void PickleReader::push_text(std::string_view text) {
  text_bytes_ += text.size();
  if (text_bytes_ > kMostTextBytes) bytes.fail(fmt::format("more than {} bytes of texts", kMostTextBytes));
  push(std::string(text));
}

Value PickleReader::pop() {
  if (stack_.size() <= floor()) bytes.fail("an operand is missing");
  Value value = std::move(stack_.back());
  stack_.pop_back();
  return value;
}

Values PickleReader::pop_many(std::size_t count) {
  Values values(count);
  while (count-- > 0) values[count] = pop();
  return values;
}

Values PickleReader::pop_to_mark() {
  if (marks_.empty()) bytes.fail("a mark is missing");
  Values values = pop_many(stack_.size() - floor());
  marks_.pop_back();
  return values;
}

Value& PickleReader::top(Json::value_t kind) {
  if (stack_.size() <= floor() || stack_.back().json.type() != kind)
    bytes.fail("an operand of another kind than its opcode takes");
  return stack_.back();
}

void PickleReader::nest(Value& outer, const Value& inner) {
  outer.depth = std::max(outer.depth, inner.depth + 1);
  if (outer.depth > kDeepest) bytes.fail(fmt::format("nested deeper than {} levels", kDeepest));
}

void PickleReader::push_list(Values values) {
  push(Json::array());
  append(std::move(values));
}

void PickleReader::append(Values values) {
  Value& list = top(Json::value_t::array);
  for (auto& value : values) {
    nest(list, value);
    list.json.push_back(std::move(value.json));
  }
}

void PickleReader::set_items(Values values) {
  Value& object = top(Json::value_t::object);
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
void PickleReader::make_object() {
  const Values call = pop_many(2);
  const Json& arguments = call[1].json;
  const bool has_text = arguments.is_array() && !arguments.empty() && arguments[0].is_string();
  if (has_text && call[0].json == "numpy dtype") return push_text(arguments[0].get_ref<const std::string&>());
  if (has_text && arguments.size() == 2 && arguments[1].is_string() && call[0].json.is_string() &&
      call[0].json.get_ref<const std::string&>().ends_with("multiarray scalar"))
    return push(numpy_number(arguments[0], arguments[1]));
  push(Json::object());
}

Json PickleReader::numpy_number(const Json& kind, const Json& raw) {
  const auto& content = raw.get_ref<const std::string&>();
  if (content.size() != 8 || (kind != "f8" && kind != "i8")) bytes.fail("a NumPy number other than f8 and i8");
  const auto bits = Bytes({"", content}).unsigned_of(8);
  if (kind == "i8") return static_cast<std::int64_t>(bits);
  return std::bit_cast<double>(bits);
}

void PickleReader::fill_object() {
  Value state = pop();
  if (state.json.is_array() && !stack_.empty() && stack_.back().json.is_string()) return;  // a kind of number
  if (!state.json.is_object()) bytes.fail("an object whose state is no dictionary");
  top(Json::value_t::object) = std::move(state);
}

// Containers are kept as nothing: one that stood in two places could expand without end.
void PickleReader::keep(std::uint64_t index) {
  if (stack_.empty()) bytes.fail("an operand is missing");
  const Json& value = stack_.back().json;
  memo_[index] = value.is_structured() ? Json(Json::value_t::discarded) : value;
}

void PickleReader::recall(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) bytes.fail(fmt::format("value {} is recalled but was not kept", index));
  const Json& value = found->second;
  if (value.is_discarded()) bytes.fail("a list or an object stands in two places, expected plain data");
  value.is_string() ? push_text(value.get_ref<const std::string&>()) : push(value);
}

constexpr unsigned char kStop = '.';

using Step = void (*)(PickleReader&);
const std::map<unsigned char, Step>& opcodes() {
  using Reader = PickleReader;
  static const std::map<unsigned char, Step> steps = {
      {0x80, [](Reader& r) { r.bytes.take(1); }},  // the protocol
      {0x95, [](Reader& r) { r.bytes.take(8); }},  // a frame
      {'(', [](Reader& r) { r.mark(); }},
      {'0', [](Reader& r) { r.pop(); }},
      // scalars
      {'N', [](Reader& r) { r.push(nullptr); }},
      {0x88, [](Reader& r) { r.push(true); }},
      {0x89, [](Reader& r) { r.push(false); }},
      {'K', [](Reader& r) { r.push(r.bytes.unsigned_of(1)); }},
      {'M', [](Reader& r) { r.push(r.bytes.unsigned_of(2)); }},
      {'J', [](Reader& r) { r.push(r.bytes.signed_of(4)); }},
      {0x8a, [](Reader& r) { r.push(r.bytes.signed_of(r.bytes.unsigned_of(1))); }},
      {'G', [](Reader& r) { r.push(r.bytes.big_endian_double()); }},
      {'I', [](Reader& r) { r.push(static_cast<std::int64_t>(std::clamp(r.bytes.number_line(), -1e15, 1e15))); }},
      {'F', [](Reader& r) { r.push(r.bytes.number_line()); }},
      {'V', [](Reader& r) { r.push_text(r.bytes.line()); }},
      {'X', [](Reader& r) { r.push_text(r.bytes.take(r.bytes.unsigned_of(4))); }},
      {0x8c, [](Reader& r) { r.push_text(r.bytes.take(r.bytes.unsigned_of(1))); }},
      // lists, tuples, dictionaries
      {']', [](Reader& r) { r.push(Json::array()); }},
      {')', [](Reader& r) { r.push(Json::array()); }},
      {'}', [](Reader& r) { r.push(Json::object()); }},
      {'l', [](Reader& r) { r.push_list(r.pop_to_mark()); }},
      {'t', [](Reader& r) { r.push_list(r.pop_to_mark()); }},
      {0x85, [](Reader& r) { r.push_list(r.pop_many(1)); }},
      {0x86, [](Reader& r) { r.push_list(r.pop_many(2)); }},
      {0x87, [](Reader& r) { r.push_list(r.pop_many(3)); }},
      {'a', [](Reader& r) { r.append(r.pop_many(1)); }},
      {'e', [](Reader& r) { r.append(r.pop_to_mark()); }},
      {'d',
       [](Reader& r) {
         Values values = r.pop_to_mark();
         r.push(Json::object());
         r.set_items(std::move(values));
       }},
      {'s', [](Reader& r) { r.set_items(r.pop_many(2)); }},
      {'u', [](Reader& r) { r.set_items(r.pop_to_mark()); }},
      {'C', [](Reader& r) { r.push_text(r.bytes.take(r.bytes.unsigned_of(1))); }},
      {'B', [](Reader& r) { r.push_text(r.bytes.take(r.bytes.unsigned_of(4))); }},
      // objects
      {'c',
       [](Reader& r) {
         const std::string_view module = r.bytes.line();
         r.push_class(module, r.bytes.line());
       }},
      {0x93,
       [](Reader& r) {
         const Values names = r.pop_many(2);
         if (!names[0].json.is_string() || !names[1].json.is_string()) r.bytes.fail("a class without a name");
         r.push_class(names[0].json.get_ref<const std::string&>(), names[1].json.get_ref<const std::string&>());
       }},
      {'R', [](Reader& r) { r.make_object(); }},
      {0x81, [](Reader& r) { r.make_object(); }},
      {'b', [](Reader& r) { r.fill_object(); }},
      // values kept and recalled
      {'p', [](Reader& r) { r.keep(static_cast<std::uint64_t>(std::clamp(r.bytes.number_line(), 0.0, 1e9))); }},
      {'q', [](Reader& r) { r.keep(r.bytes.unsigned_of(1)); }},
      {'r', [](Reader& r) { r.keep(r.bytes.unsigned_of(4)); }},
      {0x94, [](Reader& r) { r.keep_next(); }},
      {'g', [](Reader& r) { r.recall(static_cast<std::uint64_t>(std::clamp(r.bytes.number_line(), 0.0, 1e9))); }},
      {'h', [](Reader& r) { r.recall(r.bytes.unsigned_of(1)); }},
      {'j', [](Reader& r) { r.recall(r.bytes.unsigned_of(4)); }},
  };
  return steps;
}

Json PickleReader::read() {
  while (true) {
    const auto opcode = static_cast<unsigned char>(bytes.take(1)[0]);
    if (opcode == kStop) return pop().json;
    const auto step = opcodes().find(opcode);
    if (step == opcodes().end()) bytes.fail(fmt::format("opcode 0x{:02x}, expected plain data", opcode));
    step->second(*this);
  }
}

}  // namespace

Json read_pickle(const ImportFile& file) {
  return PickleReader(file).read();
}

}  // namespace tandem::plan
