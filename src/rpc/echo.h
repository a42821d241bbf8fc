// The message of Echo: the size of the reply (u64, little-endian), then filler. Private to rpc/.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "rpc/limits.h"
#include "wire/segments.h"

namespace tandem::rpc {

wire::Segments encode_echo(std::size_t payload_bytes, std::size_t reply_bytes);
wire::Segments filler(std::size_t size);

// The reply size that an Echo message asks for. Errors are InvalidInput.
base::Result<std::size_t> decode_echo(const wire::Segments& message, const Limits& limits);

}  // namespace tandem::rpc
