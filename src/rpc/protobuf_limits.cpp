#include "rpc/protobuf_limits.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace tandem::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::size_t kUnnamedFields = 64;
constexpr std::size_t kMostNamedFields = 8;

bool scan(CodedInputStream& input, std::span<const FieldLimit> limits);

bool scan_message(CodedInputStream& input, std::span<const FieldLimit> limits) {
  int size = 0;
  if (!input.ReadVarintSizeAsInt(&size)) return false;
  const auto outer = input.PushLimit(size);
  const bool is_fine = scan(input, limits) && input.BytesUntilLimit() == 0;
  input.PopLimit(outer);
  return is_fine;
}

bool scan(CodedInputStream& input, std::span<const FieldLimit> limits) {
  std::array<std::size_t, kMostNamedFields + 1> counts{};
  assert(limits.size() <= kMostNamedFields);
  while (const std::uint32_t tag = input.ReadTagNoLastTag()) {
    const auto field = static_cast<std::uint32_t>(WireFormatLite::GetTagFieldNumber(tag));
    const auto rule = std::ranges::find(limits, field, &FieldLimit::field);
    const auto index = static_cast<std::size_t>(rule - limits.begin());
    const bool is_named = rule != limits.end();
    if (++counts[index] > (is_named ? rule->limit : kUnnamedFields)) return false;
    const bool is_message = is_named &&
                            WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
                            !rule->inside.empty();
    if (!(is_message ? scan_message(input, rule->inside) : WireFormatLite::SkipField(&input, tag))) return false;
  }
  return true;
}

}  // namespace

bool keeps_limits(std::span<const std::byte> message, std::span<const FieldLimit> limits) {
  if (message.size() > INT_MAX) return false;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
  return scan(input, limits) && input.CurrentPosition() == static_cast<int>(message.size());
}

}  // namespace tandem::rpc
