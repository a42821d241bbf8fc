#include "link/link_model.h"

#include <algorithm>
#include <utility>

namespace tandem::link {

using base::Instant;

LinkModel::LinkModel(const LinkConditions& conditions, std::uint64_t seed, Instant now)
    : schedule_(conditions), lanes_{Lane(seed), Lane(seed + 1)} {
  apply(now);
}

void LinkModel::set(const LinkConditions& conditions, Instant now) {
  play_until(now);
  schedule_.set(conditions);
  apply(now);
}

void LinkModel::play(BandwidthTrace trace, AtEnd at_end, Instant now) {
  play_until(now);
  schedule_.play(std::move(trace), at_end, now);
  apply(now);
}

void LinkModel::stop_trace(Instant now) {
  play_until(now);
  schedule_.stop_trace();
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
  return std::min({schedule_.next_step(), lanes_[0].next_event(), lanes_[1].next_event()});
}

bool LinkModel::accepts(Direction direction, const Flow& flow) const {
  return lanes_[static_cast<std::size_t>(direction)].accepts(flow);
}

bool LinkModel::is_full() const {
  return lanes_[0].is_full() || lanes_[1].is_full();
}

// Takes each step of the trace at its own time, however late we come.
void LinkModel::play_until(Instant now) {
  for (Instant due = schedule_.next_step(); due <= now && due != Instant::max(); due = schedule_.next_step()) {
    schedule_.step();
    apply(due);
  }
}

void LinkModel::apply(Instant now) {
  for (const Direction direction : {Direction::Up, Direction::Down}) {
    lane(direction).set(schedule_.lane(direction), now);
  }
}

}  // namespace tandem::link
