// One direction of an emulated link, as a model in virtual time: a bottleneck that lets bytes through at its bandwidth,
// then a line that delays them. It knows byte counts and moments only: the bytes stay with the socket layer, and time
// is passed in, so that it is exact whenever the caller comes, and tests need no clock. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "base/clock.h"

namespace tandem::link {

// What travels behind a connection's last byte.
enum class Ending { None, Finish, Reset };

// The bytes of one connection in one direction. Written by its lane, except for `ready`, which the socket layer takes
// from.
struct Flow {
  explicit Flow(std::uint64_t connection) : connection(connection) {}

  const std::uint64_t connection;
  std::size_t queued = 0;  // before the bottleneck
  Ending queued_ending = Ending::None;
  std::size_t ready = 0;         // out of the line, not yet taken
  Ending ending = Ending::None;  // out of the line: comes after the ready bytes
  bool is_dropped = false;       // nobody waits for its bytes any more
  bool is_waiting = false;       // has a place in the lane's round
  bool is_changed = false;       // since Lane::take_changed()
  base::Instant last_release{};  // when its latest bytes leave the line
};
using FlowPtr = std::shared_ptr<Flow>;

struct LaneConditions {
  double bytes_per_second = std::numeric_limits<double>::infinity();  // 0: nothing moves
  std::chrono::nanoseconds delay{0};
  std::chrono::nanoseconds jitter{0};
  bool stalled = false;
};

class Lane {
 public:
  explicit Lane(std::uint64_t seed = 1) : random_(seed) {}

  // Each call first moves the lane on to `now`, which should not decrease from call to call.

  // Takes effect at `now`, in the middle of a chunk too. What a stall held goes on afterwards as if no time had passed.
  void set(const LaneConditions& conditions, base::Instant now);
  void push(const FlowPtr& flow, std::size_t bytes, base::Instant now);  // `bytes` reached the bottleneck's queue
  void end(const FlowPtr& flow, Ending ending, base::Instant now);       // `ending` follows all that was pushed
  void advance(base::Instant now);

  void drop(const FlowPtr& flow);  // forgets what is queued; what is in the line vanishes when it comes out

  // Flows that gained ready bytes, an ending or room in the queue since the last call.
  std::vector<FlowPtr> take_changed();
  // When advance() should be called next; Instant::max() when nothing will change by itself.
  base::Instant next_event() const;
  // Whether more bytes may be pushed: false asks the socket layer to leave them with the sender.
  bool accepts(const Flow& flow) const;
  bool is_full() const;  // the line itself holds all it may, so no flow is accepted

 private:
  using Instant = base::Instant;
  struct Service {  // the chunk that is passing the bottleneck
    FlowPtr flow;
    std::size_t bytes;
    Ending ending;
    double remaining;  // bytes that had not passed at `since`
    Instant since;
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

  Instant lane_time(Instant now) const;
  void pass_until(Instant time);
  void release_until(Instant time);
  void wait(const FlowPtr& flow);
  void start_service(Instant time);
  Instant service_end() const;
  void depart(const Service& chunk, Instant time);
  void mark_changed(const FlowPtr& flow);
  std::size_t chunk_limit() const;
  std::size_t queue_limit() const;
  std::chrono::nanoseconds draw_jitter();

  LaneConditions conditions_;
  std::mt19937_64 random_;
  std::deque<FlowPtr> waiting_;  // flows with something queued, served in turn
  std::optional<Service> service_;
  std::priority_queue<Departure, std::vector<Departure>, std::greater<>> line_;
  std::size_t line_bytes_ = 0;
  std::uint64_t departures_ = 0;
  std::vector<FlowPtr> changed_;
  // Lane time stands still while stalled: it is `now` less the time that stalls took.
  Instant time_{};
  Instant::duration stalled_for_{0};
};

}  // namespace tandem::link
