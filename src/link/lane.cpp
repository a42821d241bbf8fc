#include "link/lane.h"

#include <algorithm>
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

void Lane::set(const LaneConditions& conditions, Instant now) {
  advance(now);
  bottleneck_.set_rate(conditions.bytes_per_second, clock_.time());
  clock_.set_stalled(conditions.stalled, now);
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
  const Instant time = clock_.advance(now);
  if (clock_.is_stalled()) return;
  pass_until(time);
  release_until(time);
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
  if (clock_.is_stalled()) return Instant::max();
  Instant next = line_.empty() ? Instant::max() : line_.top().release;
  if (service_ && bottleneck_.end() != Instant::max()) {
    const Instant end = bottleneck_.end();
    next = std::min(next, std::max(end, std::min(end + conditions_.delay, clock_.time() + kServicePause)));
  }
  return clock_.outside(next);
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
  while (service_ && bottleneck_.end() <= time) {
    const Instant end = bottleneck_.end();
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
  service_ = Service{std::move(flow), bytes, ending};
  bottleneck_.start(static_cast<double>(bytes), time);
}

void Lane::depart(const Service& chunk, Instant time) {
  Flow& flow = *chunk.flow;
  if (flow.is_dropped) return;
  const auto jitter = jitter_.draw(conditions_.jitter, conditions_.jitter_correlation);
  flow.last_release = std::max(flow.last_release, time + conditions_.delay + jitter);
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

}  // namespace tandem::link
