#include "link/packet_lane.h"

#include <algorithm>
#include <utility>

namespace tandem::link {
namespace {

using base::Instant;

// The Linux kernel's default for a device (txqueuelen) and for its own emulator (netem).
constexpr std::size_t kDefaultQueuePackets = 1000;
// A queue in time holds two packets at the least, however slow the link.
constexpr double kLeastQueueBytes = 2 * 1500;

QueueLimit queue_limit(const LinkConditions& conditions, double bytes_per_second) {
  if (conditions.queue_kb > 0) return {SIZE_MAX, static_cast<std::size_t>(conditions.queue_kb * 1000)};
  if (conditions.queue_time.count() == 0) return {kDefaultQueuePackets, SIZE_MAX};
  const double bytes = std::chrono::duration<double>(conditions.queue_time).count() * bytes_per_second;
  constexpr double kMostBytes = 1e15;
  return {SIZE_MAX, static_cast<std::size_t>(std::clamp(bytes, kLeastQueueBytes, kMostBytes))};
}

}  // namespace

PacketLane::PacketLane(std::uint64_t seed) : loss_(seed), jitter_(seed + 0x10000), random_(seed + 0x20000) {}

void PacketLane::set(const LaneConditions& lane, const LinkConditions& conditions, Instant now) {
  advance(now);
  bottleneck_.set_rate(lane.bytes_per_second, clock_.time());
  clock_.set_stalled(lane.stalled, now);
  queue_.set(queue_limit(conditions, lane.bytes_per_second), conditions.codel);
  loss_.set(conditions);
  lane_ = lane;
  conditions_ = conditions;
  advance(now);
}

void PacketLane::push(const Packet& packet, Instant now) {
  advance(now);
  if (conditions_.cut) return drop(packet, counts_.cut_drops);
  if (!queue_.push(packet, clock_.time())) return drop(packet, counts_.tail_drops);
  advance(now);
}

void PacketLane::advance(Instant now) {
  const Instant time = clock_.advance(now);
  if (clock_.is_stalled()) return;
  pass_until(time);
  release_until(time);
}

void PacketLane::clear_results() {
  delivered_.clear();
  dropped_.clear();
}

// The packet in the bottleneck counts with the delay that follows it: until then nothing is to be seen of it.
Instant PacketLane::next_event() const {
  if (clock_.is_stalled()) return Instant::max();
  Instant next = line_.empty() ? Instant::max() : line_.top().release;
  if (service_ && bottleneck_.end() != Instant::max()) next = std::min(next, bottleneck_.end() + lane_.delay);
  return clock_.outside(next);
}

PacketCounts PacketLane::counts() const {
  PacketCounts counts = counts_;
  counts.queue_packets = queue_.packets();
  counts.queue_bytes = queue_.bytes();
  return counts;
}

// Each packet at its exact time, as Lane::pass_until.
void PacketLane::pass_until(Instant time) {
  if (!service_) start_service(time);
  while (service_ && bottleneck_.end() <= time) {
    const Instant end = bottleneck_.end();
    depart(*std::exchange(service_, std::nullopt), end);
    start_service(end);
  }
}

void PacketLane::release_until(Instant time) {
  while (!line_.empty() && line_.top().release <= time) {
    const Delivery& delivery = line_.top().delivery;
    delivered_.push_back(delivery);
    const std::uint64_t copies = delivery.is_duplicated ? 2 : 1;
    counts_.packets += copies;
    counts_.bytes += copies * delivery.packet.bytes;
    line_.pop();
  }
}

void PacketLane::start_service(Instant time) {
  const std::size_t dropped_before = dropped_.size();
  service_ = queue_.pop(time, dropped_);
  counts_.codel_drops += dropped_.size() - dropped_before;
  if (service_) bottleneck_.start(service_->bytes, time);
}

void PacketLane::depart(const Packet& packet, Instant time) {
  if (loss_.loses_next()) return drop(packet, counts_.lost);
  if (conditions_.cut) return drop(packet, counts_.cut_drops);
  const bool is_duplicated = happens(conditions_.duplicate_percent);
  if (is_duplicated) ++counts_.duplicated;
  line_.push({release_after(time), departures_++, {packet, is_duplicated}});
}

Instant PacketLane::release_after(Instant time) {
  const Instant due = time + lane_.delay + jitter_.draw(lane_.jitter, lane_.jitter_correlation);
  if (happens(conditions_.reorder_percent)) {
    ++counts_.reordered;
    return due + std::chrono::duration_cast<std::chrono::nanoseconds>(conditions_.reorder_delay);
  }
  return last_release_ = std::max(last_release_, due);
}

bool PacketLane::happens(double percent) {
  return percent > 0 && std::uniform_real_distribution<double>(0, 100)(random_) < percent;
}

void PacketLane::drop(const Packet& packet, std::uint64_t& count) {
  ++count;
  dropped_.push_back(packet);
}

}  // namespace tandem::link
