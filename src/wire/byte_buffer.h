// Between segments, protobuf messages and gRPC's buffers, without copying what lies in tensors. Private to rpc/.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "rpc/frame.h"

namespace google::protobuf {
class MessageLite;
}
namespace grpc {
class ByteBuffer;
}

namespace tandem::rpc {

struct FieldLimit;

grpc::ByteBuffer to_byte_buffer(const Segments& segments);
grpc::ByteBuffer to_byte_buffer(const google::protobuf::MessageLite& message);
Segments to_segments(const grpc::ByteBuffer& buffer);
// A message in one piece: most have a single segment; others are gathered in `storage`.
std::span<const std::byte> contiguous(const Segments& segments, std::vector<std::byte>& storage);

// Parses a control message of at most `limit_bytes` whose repeated fields keep to `limits`. Errors are InvalidInput or
// ResourceExhausted.
base::Status parse(const grpc::ByteBuffer& buffer, std::size_t limit_bytes, std::span<const FieldLimit> limits,
                   google::protobuf::MessageLite& message);

}  // namespace tandem::rpc
