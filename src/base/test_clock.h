// For tests of any folder: a clock that moves only on request. Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace tandem::base {

class FakeClock : public Clock {
 public:
  Instant now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void sleep_until(Instant instant) override {
    const std::lock_guard lock(mutex_);
    now_ = std::max(now_, instant);
  }
  void pass(Milliseconds span) {
    const std::lock_guard lock(mutex_);
    now_ += std::chrono::duration_cast<Instant::duration>(span);
  }

 private:
  mutable std::mutex mutex_;
  Instant now_{};
};

}  // namespace tandem::base
