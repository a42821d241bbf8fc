// Limits on the memory that a peer can claim through gRPC, and on the time and patience that it may take. Readers of
// messages have limits of their own on contents.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/memory_budget.h"

namespace tandem::wire {

struct ConnectionCaps {
  std::size_t all = 1024;        // fewer where the process may not open three descriptors for each
  std::size_t by_address = 512;  // of one peer; at most half of all
};

// Keeps its rate over idle times, where others start slowly anew (RFC 5681, section 4.1).
inline constexpr const char* kPreferredCongestionControl = "bbr";

struct Limits {
  std::size_t message_bytes = 256u << 20;  // received, one message
  int streams = 64;                        // open at once at a server, over all clients
  int unary_calls = 16;                    // likewise, besides the streams
  ConnectionCaps connections;              // open at once at a server
  // Without an answer, an acknowledged byte or a sign of life, until a peer counts as lost. Requests are not held to
  // it.
  base::Milliseconds silence{10'000};
  base::SharedBudget memory;  // that messages are charged to; null: none
  // A message may take this long, and a second more for every kSlowestBytes that it may have.
  base::Milliseconds message_time{30'000};
  std::string congestion_control = kPreferredCongestionControl;  // of TCP; empty, or where the kernel lacks it: its own
};

inline constexpr std::size_t kSlowestBytes = 100'000;

// At most, unary calls among them.
inline std::size_t streams_of_a_connection(const Limits& limits) {
  return static_cast<std::size_t>(limits.streams) + 8;
}

// gRPC's share of the budget, a fourth at most: messages that arrive, until their last reader is done, and buffers.
std::size_t transport_bytes(const Limits& limits);
// The limits, lowered so that two of the largest messages fit in gRPC's share, and so do all connections with as many
// streams as each may open.
Limits within_budget(Limits limits);

}  // namespace tandem::wire
