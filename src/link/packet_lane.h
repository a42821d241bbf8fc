// One direction of an emulated link of packets in virtual time: a queue, a bottleneck, losses, and a line that delays.
// It handles buffer numbers, lengths and times only; the carrier keeps the packets. Results are exact however late a
// call comes. Not thread-safe. Private to link/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <vector>

#include "base/clock.h"
#include "link/loss.h"
#include "link/packet_queue.h"
#include "link/schedule.h"
#include "link/timing.h"

namespace tandem::link {

// Packets of one direction, counted since the start.
struct PacketCounts {
  std::uint64_t packets = 0;     // delivered, duplicates too
  std::uint64_t bytes = 0;       // of them
  std::uint64_t lost = 0;        // on the line
  std::uint64_t tail_drops = 0;  // the queue was full
  std::uint64_t codel_drops = 0;
  std::uint64_t cut_drops = 0;  // while the link was cut
  std::uint64_t reordered = 0;
  std::uint64_t duplicated = 0;
  std::size_t queue_packets = 0;  // now, before the bottleneck
  std::size_t queue_bytes = 0;
};

class PacketLane {
 public:
  struct Delivery {
    Packet packet;
    bool is_duplicated = false;  // deliver it twice
  };

  explicit PacketLane(std::uint64_t seed);

  // Each call first advances the lane to `now`, which should not decrease.

  // `lane` is the schedule's; the rest is from `conditions`. Takes effect at `now`, even within a packet.
  void set(const LaneConditions& lane, const LinkConditions& conditions, base::Instant now);
  void push(const Packet& packet, base::Instant now);
  void advance(base::Instant now);
  void count_tail_drop() { ++counts_.tail_drops; }  // of a packet that the carrier had no room for

  // Since clear_results(): what arrived, in order, and what was dropped.
  std::span<const Delivery> delivered() const { return delivered_; }
  std::span<const Packet> dropped() const { return dropped_; }
  void clear_results();

  base::Instant next_event() const;  // as Lane::next_event
  PacketCounts counts() const;

 private:
  using Instant = base::Instant;
  struct Departure {  // a packet on the line
    Instant release;
    std::uint64_t order;
    Delivery delivery;
    bool operator>(const Departure& other) const {
      return release != other.release ? release > other.release : order > other.order;
    }
  };

  void pass_until(Instant time);
  void release_until(Instant time);
  void start_service(Instant time);
  void depart(const Packet& packet, Instant time);
  Instant release_after(Instant time);
  bool happens(double percent);
  void drop(const Packet& packet, std::uint64_t& count);

  LaneConditions lane_;
  LinkConditions conditions_;
  LaneClock clock_;
  PacketQueue queue_;
  std::optional<Packet> service_;  // the packet in the bottleneck
  Bottleneck bottleneck_;
  LossProcess loss_;
  Jitter jitter_;
  std::mt19937_64 random_;
  std::priority_queue<Departure, std::vector<Departure>, std::greater<>> line_;
  Instant last_release_{};  // of those that keep their order
  std::uint64_t departures_ = 0;
  std::vector<Delivery> delivered_;
  std::vector<Packet> dropped_;
  PacketCounts counts_;
};

}  // namespace tandem::link
