// Every limit on what a peer may make us hold, in one place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::rpc {

struct Limits {
  std::size_t frame_bytes = 256u << 20;             // one request or reply with its tensors, decoded
  std::size_t header_bytes = 1u << 20;              // the part of a frame before its tensors
  std::size_t control_message_bytes = 16u << 20;    // a unary message; a graph without weights fits easily
  std::size_t chunk_bytes = 1u << 20;               // weights are uploaded in chunks of at most this
  std::size_t weight_bytes = std::size_t{4} << 30;  // one weight
  std::size_t tensors = 1024;                       // in one frame
  std::size_t pieces = 1u << 16;                    // that follow one request
  std::size_t hops = 16;                            // in one route
  std::size_t parts = 4096;                         // in one hop
  std::size_t exits = 64;                           // of one hop
  std::size_t name_bytes = 4096;                    // of a tensor, target or layer
  std::int64_t probe_bytes = 32 << 20;              // that a quick look at a link uploads
  std::size_t rank = 16;                            // dimensions of a tensor
  int streams = 64;                                 // open at once, over all clients
  int waiting_requests = 64;                        // for the engine; more are refused at once
};

}  // namespace tandem::rpc
