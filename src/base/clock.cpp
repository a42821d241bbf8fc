#include "base/clock.h"

#include <thread>

namespace tandem::base {
namespace {

class SteadyClock : public Clock {
 public:
  Instant now() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(Instant instant) override { std::this_thread::sleep_until(instant); }
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
