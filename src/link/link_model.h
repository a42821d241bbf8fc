// The link that carries bytes, in virtual time: two lanes, their conditions, and the bandwidth trace if one is playing.
// Callers pass the time, which should not decrease. Not thread-safe. Private to link/.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "link/conditions.h"
#include "link/lane.h"
#include "link/schedule.h"
#include "link/trace.h"

namespace tandem::link {

class LinkModel {
 public:
  // `seed` decides the jitter. The conditions must have passed check().
  LinkModel(const LinkConditions& conditions, std::uint64_t seed, base::Instant now);

  void set(const LinkConditions& conditions, base::Instant now);
  const LinkConditions& conditions() const { return schedule_.conditions(); }

  // From now on the trace decides the bandwidth of both directions.
  void play(BandwidthTrace trace, AtEnd at_end, base::Instant now);
  void stop_trace(base::Instant now);
  bool is_playing() const { return schedule_.is_playing(); }
  double traced_mbps() const { return schedule_.traced_mbps(); }  // while playing

  void push(Direction direction, const FlowPtr& flow, std::size_t bytes, base::Instant now);
  void end(Direction direction, const FlowPtr& flow, Ending ending, base::Instant now);
  void drop(Direction direction, const FlowPtr& flow) { lane(direction).drop(flow); }
  void advance(base::Instant now);

  std::vector<FlowPtr> take_changed(Direction direction) { return lane(direction).take_changed(); }
  base::Instant next_event() const;
  bool accepts(Direction direction, const Flow& flow) const;
  bool is_full() const;  // either lane

 private:
  Lane& lane(Direction direction) { return lanes_[static_cast<std::size_t>(direction)]; }
  void play_until(base::Instant now);
  void apply(base::Instant now);

  Schedule schedule_;
  std::array<Lane, 2> lanes_;
};

}  // namespace tandem::link
