#include "link/schedule.h"

namespace tandem::link {
namespace {

using base::Instant;
using std::chrono::nanoseconds;

constexpr double kBytesPerMegabit = 1e6 / 8;

double unlimited_if_zero(double mbps) {
  return mbps == 0 ? std::numeric_limits<double>::infinity() : mbps;
}

}  // namespace

void Schedule::play(BandwidthTrace trace, AtEnd at_end, Instant now) {
  replay_ = Replay{std::move(trace), at_end, now, now};
  step();
}

void Schedule::step() {
  const BandwidthTrace::Step step = replay_->trace.at(replay_->next_step - replay_->start, replay_->at_end);
  replay_->next_step = step.until == nanoseconds::max() ? Instant::max() : replay_->start + step.until;
  traced_mbps_ = step.mbps;
}

LaneConditions Schedule::lane(Direction direction) const {
  const double set_mbps = direction == Direction::Up ? conditions_.up_mbps : conditions_.down_mbps;
  const double mbps = replay_ ? traced_mbps_ : unlimited_if_zero(set_mbps);
  return {.bytes_per_second = mbps * kBytesPerMegabit,
          .delay = std::chrono::duration_cast<nanoseconds>(conditions_.one_way_delay),
          .jitter = std::chrono::duration_cast<nanoseconds>(conditions_.jitter),
          .stalled = conditions_.stalled,
          .jitter_correlation = conditions_.jitter_correlation_percent / 100};
}

}  // namespace tandem::link
