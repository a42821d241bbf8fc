// One direction of an emulated link in virtual time: a bottleneck of limited bandwidth, then a line that delays. It
// handles byte counts and times only; the socket layer keeps the bytes. Callers pass the time, so results are exact
// however late a call comes, and tests need no clock. Not thread-safe. Private to link/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "base/clock.h"
#include "link/schedule.h"
#include "link/timing.h"

namespace tandem::link {

// The end of a connection's stream.
enum class Ending { None, Finish, Reset };

// The bytes of one connection in one direction. Its lane writes all members; the socket layer also reduces `ready`.
struct Flow {
  explicit Flow(std::uint64_t connection) : connection(connection) {}

  const std::uint64_t connection;
  std::size_t queued = 0;  // waiting for the bottleneck
  Ending queued_ending = Ending::None;
  std::size_t ready = 0;         // out of the line, to be taken by the socket layer
  Ending ending = Ending::None;  // out of the line; follows the ready bytes
  bool is_dropped = false;       // the receiver is gone
  bool is_waiting = false;       // queued in the lane's round robin
  bool is_changed = false;       // since Lane::take_changed()
  base::Instant last_release{};  // when its latest bytes leave the line
};
using FlowPtr = std::shared_ptr<Flow>;

class Lane {
 public:
  explicit Lane(std::uint64_t seed = 1) : jitter_(seed) {}

  // Each call first advances the lane to `now`, which should not decrease.

  // Takes effect at `now`, even within a chunk. After a stall, bytes continue as if no time had passed.
  void set(const LaneConditions& conditions, base::Instant now);
  void push(const FlowPtr& flow, std::size_t bytes, base::Instant now);  // `bytes` arrive at the bottleneck's queue
  void end(const FlowPtr& flow, Ending ending, base::Instant now);       // `ending` follows all bytes pushed so far
  void advance(base::Instant now);

  void drop(const FlowPtr& flow);  // discards queued bytes at once, bytes in the line when they leave it

  // Flows that gained ready bytes, an ending or queue space since the last call.
  std::vector<FlowPtr> take_changed();
  // The time for the next advance(); Instant::max() when nothing will change by itself.
  base::Instant next_event() const;
  // Whether more bytes may be pushed. If not, the socket layer leaves them with the sender.
  bool accepts(const Flow& flow) const;
  bool is_full() const;  // the line holds its maximum, so no flow is accepted

 private:
  using Instant = base::Instant;
  struct Service {  // the chunk in the bottleneck
    FlowPtr flow;
    std::size_t bytes;
    Ending ending;
  };
  struct Departure {  // a chunk in the line
    Instant release;
    std::uint64_t order;
    FlowPtr flow;
    std::size_t bytes;
    Ending ending;
    bool operator>(const Departure& other) const {
      return release != other.release ? release > other.release : order > other.order;
    }
  };

  void pass_until(Instant time);
  void release_until(Instant time);
  void wait(const FlowPtr& flow);
  void start_service(Instant time);
  void depart(const Service& chunk, Instant time);
  void mark_changed(const FlowPtr& flow);
  std::size_t chunk_limit() const;
  std::size_t queue_limit() const;

  LaneConditions conditions_;
  LaneClock clock_;
  Bottleneck bottleneck_;
  Jitter jitter_;
  std::deque<FlowPtr> waiting_;  // flows with queued bytes, served round robin
  std::optional<Service> service_;
  std::priority_queue<Departure, std::vector<Departure>, std::greater<>> line_;
  std::size_t line_bytes_ = 0;
  std::uint64_t departures_ = 0;
  std::vector<FlowPtr> changed_;
};

}  // namespace tandem::link
