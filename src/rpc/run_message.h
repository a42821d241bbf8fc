// Run messages: a request or a reply with its tensors as bytes (docs/wire.md). Encoding gathers the tensors' own memory
// and copies none of it; decoding trusts nothing, and allocates only what the limits allow. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "rpc/limits.h"
#include "rpc/messages.h"
#include "wire/segments.h"

namespace tandem::rpc {

wire::Segments encode(const RunRequest& request);
wire::Segments encode(const RunReply& reply);
wire::Segments encode(std::uint64_t id, const base::Error& error);  // a reply that carries an error

// A tensor that lies in one owned segment at an aligned address becomes a view of it, any other is copied. Errors are
// InvalidInput or, beyond a limit, ResourceExhausted, with the value found and the one expected.
base::Result<RunRequest> decode_request(std::span<const wire::Segment> message, const Limits& limits = {});

// Whether pieces follow a request, even one that cannot be decoded. False for bytes that are no run message.
bool announces_pieces(std::span<const wire::Segment> message);

// The error of a reply that carries one is returned as if it had happened here.
base::Result<RunReply> decode_reply(std::span<const wire::Segment> message, const Limits& limits = {});

}  // namespace tandem::rpc
