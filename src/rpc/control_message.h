// Protobuf messages as bytes and back, limits checked. Private to rpc/.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "wire/segments.h"

namespace google::protobuf {
class MessageLite;
}

namespace tandem::rpc {

struct FieldLimit;

wire::Segments to_segments(const google::protobuf::MessageLite& message);

// Parses a message of at most `limit_bytes` whose repeated fields keep to `limits`. Errors are InvalidInput or
// ResourceExhausted.
base::Status parse(const wire::Segments& segments, std::size_t limit_bytes, std::span<const FieldLimit> limits,
                   google::protobuf::MessageLite& message);

}  // namespace tandem::rpc
