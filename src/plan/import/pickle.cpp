#include "plan/import/pickle.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>

#include "plan/import/pickle_stack.h"

namespace tandem::plan {
namespace {

using base::Json;

constexpr unsigned char kStop = '.';

using Step = void (*)(PickleStack&);
const std::map<unsigned char, Step>& opcodes() {
  using Reader = PickleStack;
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
         PickleValues values = r.pop_to_mark();
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
         const PickleValues names = r.pop_many(2);
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

}  // namespace

Json read_pickle(const ImportFile& file) {
  PickleStack stack(file);
  while (true) {
    const auto opcode = static_cast<unsigned char>(stack.bytes.take(1)[0]);
    if (opcode == kStop) return stack.pop().json;
    const auto step = opcodes().find(opcode);
    if (step == opcodes().end()) stack.bytes.fail(fmt::format("opcode 0x{:02x}, expected plain data", opcode));
    step->second(stack);
  }
}

}  // namespace tandem::plan
