#include "link/lane.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;

// A chunk is what the bottleneck finishes before it turns to the next flow: one packet, or at higher rates what passes
// in 0.2 ms, which costs fewer wake-ups.
constexpr std::size_t kPacketBytes = 1448;
constexpr std::size_t kMaxChunkBytes = 64u << 10;
constexpr double kChunkSeconds = 0.2e-3;

// Enough that the bottleneck never waits for the socket layer, little enough that a sender soon feels back-pressure.
constexpr std::size_t kMinQueueBytes = 256u << 10;
constexpr std::size_t kMaxQueueBytes = 4u << 20;
constexpr double kQueueSeconds = 20e-3;

constexpr std::size_t kMaxLineBytes = 256u << 20;

// The interval at which flows that wait for room in the queue are served while nothing leaves the line.
constexpr auto kServicePause = 1ms;

std::size_t bytes_within(double seconds, double rate, std::size_t minimum, std::size_t maximum) {
  return static_cast<std::size_t>(
      std::clamp(seconds * rate, static_cast<double>(minimum), static_cast<double>(maximum)));
}

}  // namespace

Instant Lane::lane_time(Instant now) const {
  return conditions_.stalled ? time_ : std::max(time_, now - stalled_for_);
}

void Lane::set(const LaneConditions& conditions, Instant now) {
  advance(now);
  if (service_) {
    const double passed = std::chrono::duration<double>(time_ - service_->since).count() * conditions_.bytes_per_second;
    if (passed > 0) service_->remaining = std::max(0.0, service_->remaining - passed);
    service_->since = time_;
  }
  if (conditions_.stalled && !conditions.stalled) stalled_for_ = now - time_;
  conditions_ = conditions;
  advance(now);
}

void Lane::push(const FlowPtr& flow, std::size_t bytes, Instant now) {
  advance(now);
  if (flow->is_dropped) return;
  flow->queued += bytes;
  wait(flow);
  advance(now);
}

void Lane::end(const FlowPtr& flow, Ending ending, Instant now) {
  advance(now);
  if (flow->is_dropped) return;
  flow->queued_ending = ending;
  wait(flow);
  advance(now);
}

void Lane::advance(Instant now) {
  time_ = lane_time(now);
  if (conditions_.stalled) return;
  pass_until(time_);
  release_until(time_);
}

void Lane::drop(const FlowPtr& flow) {
  flow->is_dropped = true;
  flow->queued = flow->ready = 0;
  flow->queued_ending = flow->ending = Ending::None;
  if (flow->is_waiting) std::erase(waiting_, flow);
  flow->is_waiting = false;
}

std::vector<FlowPtr> Lane::take_changed() {
  for (const FlowPtr& flow : changed_) flow->is_changed = false;
  return std::exchange(changed_, {});
}

Instant Lane::next_event() const {
  if (conditions_.stalled) return Instant::max();
  Instant next = line_.empty() ? Instant::max() : line_.top().release;
  if (service_ && service_end() != Instant::max()) {
    const Instant end = service_end();
    next = std::min(next, std::max(end, std::min(end + conditions_.delay, time_ + kServicePause)));
  }
  return next == Instant::max() ? next : next + stalled_for_;
}

bool Lane::accepts(const Flow& flow) const {
  return !flow.is_dropped && !is_full() && flow.queued + flow.ready < queue_limit();
}

bool Lane::is_full() const {
  return line_bytes_ >= kMaxLineBytes;
}

// Moves chunks from the queues through the bottleneck into the line, each at its exact time however late we come. All
// that is queued had arrived when the last chunk before it passed, since every push() advances first.
void Lane::pass_until(Instant time) {
  if (!service_) start_service(time);
  while (service_ && service_end() <= time) {
    const Instant end = service_end();
    depart(*std::exchange(service_, std::nullopt), end);
    start_service(end);
  }
}

void Lane::release_until(Instant time) {
  while (!line_.empty() && line_.top().release <= time) {
    const Departure& chunk = line_.top();
    line_bytes_ -= chunk.bytes;
    if (!chunk.flow->is_dropped) {
      chunk.flow->ready += chunk.bytes;
      if (chunk.ending != Ending::None) chunk.flow->ending = chunk.ending;
      mark_changed(chunk.flow);
    }
    line_.pop();
  }
}

void Lane::wait(const FlowPtr& flow) {
  if (flow->is_waiting) return;
  flow->is_waiting = true;
  waiting_.push_back(flow);
}

void Lane::start_service(Instant time) {
  if (waiting_.empty()) return;
  FlowPtr flow = std::move(waiting_.front());
  waiting_.pop_front();
  flow->is_waiting = false;
  const std::size_t bytes = std::min(flow->queued, chunk_limit());
  flow->queued -= bytes;
  Ending ending = Ending::None;
  if (flow->queued == 0) {
    ending = std::exchange(flow->queued_ending, Ending::None);
  } else {
    wait(flow);
  }
  mark_changed(flow);
  service_ = Service{std::move(flow), bytes, ending, static_cast<double>(bytes), time};
}

Instant Lane::service_end() const {
  if (service_->remaining <= 0) return service_->since;
  constexpr double kForever = 1e9;
  const double seconds = service_->remaining / conditions_.bytes_per_second;
  if (!(seconds < kForever)) return Instant::max();
  return service_->since + std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
}

void Lane::depart(const Service& chunk, Instant time) {
  Flow& flow = *chunk.flow;
  if (flow.is_dropped) return;
  flow.last_release = std::max(flow.last_release, time + conditions_.delay + draw_jitter());
  line_bytes_ += chunk.bytes;
  line_.push({flow.last_release, departures_++, chunk.flow, chunk.bytes, chunk.ending});
}

void Lane::mark_changed(const FlowPtr& flow) {
  if (flow->is_changed || flow->is_dropped) return;
  flow->is_changed = true;
  changed_.push_back(flow);
}

std::size_t Lane::chunk_limit() const {
  return bytes_within(kChunkSeconds, conditions_.bytes_per_second, kPacketBytes, kMaxChunkBytes);
}

std::size_t Lane::queue_limit() const {
  return bytes_within(kQueueSeconds, conditions_.bytes_per_second, kMinQueueBytes, kMaxQueueBytes);
}

std::chrono::nanoseconds Lane::draw_jitter() {
  if (conditions_.jitter.count() == 0) return 0ns;
  return std::chrono::nanoseconds(random_() % static_cast<std::uint64_t>(conditions_.jitter.count() + 1));
}

}  // namespace tandem::link
