// Limits on the memory and the patience that a peer can claim through gRPC. Readers of messages have limits of their
// own on contents.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace tandem::wire {

struct ConnectionCaps {
  std::size_t all = 1024;        // fewer where the process may not open three descriptors for each
  std::size_t by_address = 512;  // of one peer; at most half of all
};

struct Limits {
  std::size_t message_bytes = 256u << 20;  // received, one message
  int streams = 64;                        // open at once at a server, over all clients
  int unary_calls = 16;                    // likewise, besides the streams
  ConnectionCaps connections;              // open at once at a server
  // Without an answer, an acknowledged byte or a sign of life, until a peer counts as lost. Requests are not held to
  // it.
  base::Milliseconds silence{10'000};
};

}  // namespace tandem::wire
