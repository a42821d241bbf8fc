// What a link's conditions, and the bandwidth trace if one is playing, say of each direction at a time. The same for
// both carriers. Callers pass the time. Not thread-safe. Private to link/.
#pragma once

#include <chrono>
#include <limits>
#include <optional>

#include "base/clock.h"
#include "link/conditions.h"
#include "link/trace.h"

namespace tandem::link {

enum class Direction { Up, Down };

struct LaneConditions {
  double bytes_per_second = std::numeric_limits<double>::infinity();  // 0: blocked
  std::chrono::nanoseconds delay{0};
  std::chrono::nanoseconds jitter{0};
  bool stalled = false;
  double jitter_correlation = 0;
};

class Schedule {
 public:
  explicit Schedule(const LinkConditions& conditions) : conditions_(conditions) {}

  // Each holds from now on; take the steps of a trace that are due first.
  void set(const LinkConditions& conditions) { conditions_ = conditions; }
  void play(BandwidthTrace trace, AtEnd at_end, base::Instant now);
  void stop_trace() { replay_.reset(); }

  base::Instant next_step() const { return replay_ ? replay_->next_step : base::Instant::max(); }
  void step();  // takes the trace's next step, at its own time

  const LinkConditions& conditions() const { return conditions_; }
  LaneConditions lane(Direction direction) const;
  bool is_playing() const { return replay_.has_value(); }
  double traced_mbps() const { return traced_mbps_; }  // while playing

 private:
  struct Replay {
    BandwidthTrace trace;
    AtEnd at_end;
    base::Instant start;
    base::Instant next_step;
  };

  LinkConditions conditions_;
  std::optional<Replay> replay_;
  double traced_mbps_ = 0;
};

}  // namespace tandem::link
