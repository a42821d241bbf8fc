// Limits on the memory that a peer can claim through gRPC. Readers of messages have limits of their own on contents.
#pragma once

#include <cstddef>

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
};

}  // namespace tandem::wire
