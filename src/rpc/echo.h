// The message of Echo: how many bytes to send back (u64, little-endian), then bytes that only fill the link. Private to
// rpc/.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "rpc/frame.h"

namespace tandem::rpc {

Segments encode_echo(std::size_t payload_bytes, std::size_t reply_bytes);
Segments filler(std::size_t size);

// The reply size that an Echo message asks for. Errors are InvalidInput.
base::Result<std::size_t> decode_echo(const Segments& message, const Limits& limits);

}  // namespace tandem::rpc
