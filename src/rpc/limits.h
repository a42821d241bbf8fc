// All limits on the memory that a peer can claim here, in one place; wire::Limits::memory is their sum.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/limits.h"

namespace tandem::rpc {

// `message_bytes` also bounds a request's tensors once decoded, and the sum of its pieces.
struct Limits : wire::Limits {
  std::size_t header_bytes = 1u << 20;              // of a run message, before its tensors
  std::size_t control_message_bytes = 16u << 20;    // a protobuf message; a graph without weights fits easily
  std::size_t chunk_bytes = 1u << 20;               // of weights, in one message of an upload
  std::size_t weight_bytes = std::size_t{4} << 30;  // one weight
  std::size_t tensors = 1024;                       // in one run message
  std::size_t pieces = 1u << 16;                    // that follow one request
  std::size_t hops = 16;                            // in one route
  std::size_t parts = 4096;                         // in one hop
  std::size_t exits = 64;                           // in one hop
  std::size_t offloads = 256;                       // in one hop
  std::size_t deposits = 32;                        // held here for one client, of message_bytes in all
  base::Milliseconds longest_deposit{300'000};      // until its request comes for it, or it for its request
  std::size_t name_bytes = 4096;                    // of a tensor, target or layer
  std::int64_t probe_bytes = 32 << 20;              // uploaded by a quick look at a link
  std::size_t rank = 16;                            // dimensions of a tensor
  int waiting_requests = 64;                        // for the engine; more are refused at once
};

}  // namespace tandem::rpc
