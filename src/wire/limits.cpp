#include "wire/limits.h"

#include <algorithm>

namespace tandem::wire {
namespace {

// Memory of gRPC besides a few of the largest messages: connections, and data on its way through them.
constexpr std::size_t kBuffers = 256 << 20;
constexpr std::size_t kLargestMessages = 4;
constexpr std::size_t kShare = 4;

// Measured with open streams that have sent headers only, as many and as long as they may be, and rounded up.
constexpr std::size_t kConnectionBytes = 128 << 10;
constexpr std::size_t kStreamBytes = 16 << 10;
constexpr std::size_t kFewestConnections = 8;

}  // namespace

std::size_t transport_bytes(const Limits& limits) {
  const std::size_t wanted = kBuffers + kLargestMessages * limits.message_bytes;
  return limits.memory == nullptr ? wanted : std::min(wanted, limits.memory->bytes() / kShare);
}

Limits within_budget(Limits limits) {
  if (limits.memory == nullptr) return limits;
  const std::size_t share = limits.memory->bytes() / kShare;
  limits.message_bytes = std::min(limits.message_bytes, share / 2);
  const std::size_t by_connection = kConnectionBytes + kStreamBytes * streams_of_a_connection(limits);
  limits.connections.all = std::min(limits.connections.all, std::max(kFewestConnections, share / by_connection));
  return limits;
}

}  // namespace tandem::wire
