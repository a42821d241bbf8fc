// The link that carries packets, in virtual time: two lanes and their schedule. Callers pass the time, which should not
// decrease. Not thread-safe. Private to link/.
#pragma once

#include <array>
#include <cstdint>

#include "link/packet_lane.h"
#include "link/schedule.h"

namespace tandem::link {

class PacketModel {
 public:
  // `seed` decides jitter, losses, reordering and duplicates. The conditions must have passed check().
  PacketModel(const LinkConditions& conditions, std::uint64_t seed, base::Instant now);

  void set(const LinkConditions& conditions, base::Instant now);
  void play(BandwidthTrace trace, AtEnd at_end, base::Instant now);  // decides the bandwidth both ways from now on
  void stop_trace(base::Instant now);
  const Schedule& schedule() const { return schedule_; }

  void push(Direction direction, const Packet& packet, base::Instant now);
  void advance(base::Instant now);
  base::Instant next_event() const;
  PacketLane& lane(Direction direction) { return lanes_[static_cast<std::size_t>(direction)]; }

 private:
  void play_until(base::Instant now);
  void apply(base::Instant now);

  Schedule schedule_;
  std::array<PacketLane, 2> lanes_;
};

}  // namespace tandem::link
