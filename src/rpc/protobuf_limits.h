// Bounds on a serialized protobuf message, checked before protobuf parses it: two bytes of input could otherwise become
// a hundred bytes of objects. Private to rpc/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tandem::rpc {

// At most `limit` occurrences of the field, each a message that keeps to `inside`.
struct FieldLimit {
  std::uint32_t field;
  std::size_t limit;
  std::span<const FieldLimit> inside = {};
};

// False when the bytes are no protobuf message, or a field occurs too often. Fields without a limit here may occur 64
// times.
bool keeps_limits(std::span<const std::byte> message, std::span<const FieldLimit> limits);

}  // namespace tandem::rpc
