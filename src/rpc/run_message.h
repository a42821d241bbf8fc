// The frame: how a request or a reply with its tensors lies on the wire (docs/wire.md). Encoding gathers the tensors'
// own memory and copies none of it; decoding trusts nothing, and allocates only what the limits allow. Pure; knows no
// gRPC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::rpc {

// Some bytes of a frame. `owner` keeps them alive; without one, whoever made the segment does.
struct Segment {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};
using Segments = std::vector<Segment>;

std::size_t size_of(std::span<const Segment> segments);

Segments encode(const RunRequest& request);
Segments encode(const RunReply& reply);
Segments encode(std::uint64_t id, const base::Error& error);  // a reply that says why there is none

// A tensor that lies in one owned segment at an aligned address is a view of it, any other is a copy. Errors are
// InvalidInput or, where a limit was passed, ResourceExhausted, and say what was found and what was expected.
base::Result<RunRequest> decode_request(std::span<const Segment> frame, const Limits& limits = {});

// Whether more messages belong to a request, even one that cannot be decoded. False of what is no frame.
bool announces_pieces(std::span<const Segment> frame);

// The error of a reply that carries one is returned as if it had happened here.
base::Result<RunReply> decode_reply(std::span<const Segment> frame, const Limits& limits = {});

}  // namespace tandem::rpc
