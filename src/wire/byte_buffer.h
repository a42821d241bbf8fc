// Segments as gRPC's buffers and back, without copying large ones. Private to wire/.
#pragma once

#include "wire/segments.h"

namespace grpc {
class ByteBuffer;
}

namespace tandem::wire {

grpc::ByteBuffer to_byte_buffer(const Segments& segments);

// Throws Error(InvalidInput) on a message that gRPC cannot decompress.
Segments to_segments(const grpc::ByteBuffer& buffer);

}  // namespace tandem::wire
