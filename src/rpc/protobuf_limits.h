// Bounds on a serialized protobuf message, checked before protobuf allocates anything for it: two bytes of input can
// otherwise become a hundred of objects. Private to rpc/.
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

// False when the bytes are no protobuf message or one of its fields, named or not, occurs too often; 64 is the limit of
// those that are not named.
bool keeps_limits(std::span<const std::byte> message, std::span<const FieldLimit> limits);

}  // namespace tandem::rpc
