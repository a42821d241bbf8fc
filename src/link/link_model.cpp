#include "link/link_model.h"

#include <algorithm>
#include <limits>

namespace tandem::link {
namespace {

using base::Instant;
using std::chrono::nanoseconds;

constexpr double kBytesPerMegabit = 1e6 / 8;

double unlimited_if_zero(double mbps) {
  return mbps == 0 ? std::numeric_limits<double>::infinity() : mbps;
}

LaneConditions lane_conditions(const LinkConditions& conditions, double mbps) {
  return {mbps * kBytesPerMegabit, std::chrono::duration_cast<nanoseconds>(conditions.one_way_delay),
          std::chrono::duration_cast<nanoseconds>(conditions.jitter), conditions.stalled};
}

}  // namespace

LinkModel::LinkModel(const LinkConditions& conditions, std::uint64_t seed, Instant now)
    : conditions_(conditions), lanes_{Lane(seed), Lane(seed + 1)} {
  apply(now);
}

void LinkModel::set(const LinkConditions& conditions, Instant now) {
  play_until(now);
  conditions_ = conditions;
  apply(now);
}

void LinkModel::play(BandwidthTrace trace, AtEnd at_end, Instant now) {
  play_until(now);
  replay_ = Replay{std::move(trace), at_end, now, now};
  step(now);
}

void LinkModel::stop_trace(Instant now) {
  play_until(now);
  replay_.reset();
  apply(now);
}

void LinkModel::push(Direction direction, const FlowPtr& flow, std::size_t bytes, Instant now) {
  play_until(now);
  lane(direction).push(flow, bytes, now);
}

void LinkModel::end(Direction direction, const FlowPtr& flow, Ending ending, Instant now) {
  play_until(now);
  lane(direction).end(flow, ending, now);
}

void LinkModel::advance(Instant now) {
  play_until(now);
  for (Lane& lane : lanes_) lane.advance(now);
}

Instant LinkModel::next_event() const {
  const Instant next_step = replay_ ? replay_->next_step : Instant::max();
  return std::min({next_step, lanes_[0].next_event(), lanes_[1].next_event()});
}

bool LinkModel::accepts(Direction direction, const Flow& flow) const {
  return lanes_[static_cast<std::size_t>(direction)].accepts(flow);
}

bool LinkModel::is_full() const {
  return lanes_[0].is_full() || lanes_[1].is_full();
}

// Takes each step of the trace at its own time, however late we come.
void LinkModel::play_until(Instant now) {
  while (replay_ && replay_->next_step <= now) step(replay_->next_step);
}

void LinkModel::step(Instant now) {
  const BandwidthTrace::Step step = replay_->trace.at(now - replay_->start, replay_->at_end);
  replay_->next_step = step.until == nanoseconds::max() ? Instant::max() : replay_->start + step.until;
  traced_mbps_ = step.mbps;
  apply(now);
}

void LinkModel::apply(Instant now) {
  lane(Direction::Up)
      .set(lane_conditions(conditions_, replay_ ? traced_mbps_ : unlimited_if_zero(conditions_.up_mbps)), now);
  lane(Direction::Down)
      .set(lane_conditions(conditions_, replay_ ? traced_mbps_ : unlimited_if_zero(conditions_.down_mbps)), now);
}

}  // namespace tandem::link
