#include "link/packet_queue.h"

#include <algorithm>

namespace tandem::link {

using base::Instant;

void PacketQueue::set(const QueueLimit& limit, bool uses_codel) {
  limit_ = limit;
  if (uses_codel != uses_codel_) codel_ = {};
  uses_codel_ = uses_codel;
}

bool PacketQueue::push(const Packet& packet, Instant now) {
  if (count_ >= limit_.packets || bytes_ + packet.bytes > limit_.bytes) return false;
  if (count_ == ring_.size()) grow();
  ring_[(first_ + count_++) & (ring_.size() - 1)] = {packet, now};
  bytes_ += packet.bytes;
  return true;
}

std::optional<Packet> PacketQueue::pop(Instant now, std::vector<Packet>& dropped) {
  while (count_ > 0) {
    const Waiting head = ring_[first_];
    first_ = (first_ + 1) & (ring_.size() - 1);
    --count_;
    bytes_ -= head.packet.bytes;
    if (!uses_codel_ || !codel_.drops(now, now - head.since, bytes_)) return head.packet;
    dropped.push_back(head.packet);
  }
  codel_.find_empty();
  return std::nullopt;
}

void PacketQueue::grow() {
  std::ranges::rotate(ring_, ring_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  ring_.resize(std::max<std::size_t>(64, 2 * ring_.size()));
}

}  // namespace tandem::link
