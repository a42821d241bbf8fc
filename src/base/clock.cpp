#include "base/clock.h"

#include <ctime>
#include <thread>

namespace tandem::base {
namespace {

class SteadyClock : public Clock {
 public:
  Instant now() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(Instant instant) override { std::this_thread::sleep_until(instant); }
  Milliseconds thread_time() const override {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

}  // namespace

Clock& steady_clock() {
  static SteadyClock clock;
  return clock;
}

Deadline Deadline::after(Milliseconds span, const Clock& clock) {
  if (span >= std::chrono::hours(24 * 365)) return never();
  return Deadline(clock.now() + std::chrono::duration_cast<Instant::duration>(span));
}

Milliseconds Deadline::remaining(const Clock& clock) const {
  return is_never() ? Milliseconds(std::chrono::hours(24 * 365)) : Milliseconds(instant_ - clock.now());
}

}  // namespace tandem::base
