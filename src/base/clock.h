// Time, with a clock that tests can replace. Used wherever something waits or is timed. Durations are std::chrono.
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
  // Processor time of the calling thread since an arbitrary moment. A clock that cannot measure it counts all time.
  virtual Milliseconds thread_time() const { return now().time_since_epoch(); }
};

// The machine's monotonic clock. Thread-safe.
Clock& steady_clock();

// The moment by which a request must be answered, or never.
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

inline Deadline earlier(Deadline one, Deadline other) {
  return one.instant() < other.instant() ? one : other;
}

}  // namespace tandem::base
