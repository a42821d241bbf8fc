// The queue before a bottleneck of packets: a limit with tail drop, and CoDel if wanted. Not thread-safe. Private to
// link/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "link/codel.h"

namespace tandem::link {

// A packet as the model knows it: where the carrier keeps it, and its length.
struct Packet {
  std::uint32_t buffer = 0;
  std::uint32_t bytes = 0;
};

struct QueueLimit {
  std::size_t packets;
  std::size_t bytes;
};

class PacketQueue {
 public:
  void set(const QueueLimit& limit, bool uses_codel);  // packets that wait already stay
  bool push(const Packet& packet, base::Instant now);  // false: full
  // The next packet to send; adds those that CoDel drops before it to `dropped`.
  std::optional<Packet> pop(base::Instant now, std::vector<Packet>& dropped);

  std::size_t packets() const { return count_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Waiting {
    Packet packet;
    base::Instant since;
  };
  void grow();

  QueueLimit limit_{1000, SIZE_MAX};
  bool uses_codel_ = false;
  CoDel codel_;
  std::vector<Waiting> ring_;  // a power of two of places; from first_, count_ are taken
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tandem::link
