#include "link/packet_model.h"

#include <algorithm>
#include <utility>

namespace tandem::link {

using base::Instant;

PacketModel::PacketModel(const LinkConditions& conditions, std::uint64_t seed, Instant now)
    : schedule_(conditions), lanes_{PacketLane(seed), PacketLane(seed + 1)} {
  apply(now);
}

void PacketModel::set(const LinkConditions& conditions, Instant now) {
  play_until(now);
  schedule_.set(conditions);
  apply(now);
}

void PacketModel::play(BandwidthTrace trace, AtEnd at_end, Instant now) {
  play_until(now);
  schedule_.play(std::move(trace), at_end, now);
  apply(now);
}

void PacketModel::stop_trace(Instant now) {
  play_until(now);
  schedule_.stop_trace();
  apply(now);
}

void PacketModel::push(Direction direction, const Packet& packet, Instant now) {
  play_until(now);
  lane(direction).push(packet, now);
}

void PacketModel::advance(Instant now) {
  play_until(now);
  for (PacketLane& lane : lanes_) lane.advance(now);
}

Instant PacketModel::next_event() const {
  return std::min({schedule_.next_step(), lanes_[0].next_event(), lanes_[1].next_event()});
}

void PacketModel::play_until(Instant now) {
  for (Instant due = schedule_.next_step(); due <= now && due != Instant::max(); due = schedule_.next_step()) {
    schedule_.step();
    apply(due);
  }
}

void PacketModel::apply(Instant now) {
  for (const Direction direction : {Direction::Up, Direction::Down}) {
    lane(direction).set(schedule_.lane(direction), schedule_.conditions(), now);
  }
}

}  // namespace tandem::link
