// Time that tests can replace. Durations are std::chrono; Milliseconds is what people read.
#pragma once

#include <chrono>

namespace tandem::base {

using Milliseconds = std::chrono::duration<double, std::milli>;
using Instant = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual void sleep_until(Instant instant) = 0;
  // What the calling thread has worked, from some moment on: without the time in which others had its processor, as
  // far as the clock can tell.
  virtual Milliseconds thread_time() const { return now().time_since_epoch(); }
};

// The machine's monotonic clock. Thread-safe.
Clock& steady_clock();

// The moment by which a request must have its answer; far in the future when it has none.
class Deadline {
 public:
  static Deadline never() { return Deadline(Instant::max()); }
  static Deadline after(Milliseconds span, const Clock& clock = steady_clock());
  explicit Deadline(Instant instant) : instant_(instant) {}

  bool is_never() const { return instant_ == Instant::max(); }
  bool has_passed(const Clock& clock = steady_clock()) const { return clock.now() >= instant_; }
  Instant instant() const { return instant_; }
  Milliseconds remaining(const Clock& clock = steady_clock()) const;  // negative once it has passed

 private:
  Instant instant_;
};

}  // namespace tandem::base
