// How long work takes on an emulated slow machine: its thread's time, stretched. Without emulation, as long as it
// takes.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace tandem::agent {

class Pace {
 public:
  // `clock` must outlive it.
  Pace(double slowdown, base::Clock& clock) : slowdown_(slowdown), clock_(&clock) {}

  template <class Work>
  base::Milliseconds time(const Work& work) const {
    const bool is_emulated = slowdown_ > 1;
    const auto now = [&] {
      return is_emulated ? clock_->thread_time() : base::Milliseconds(clock_->now().time_since_epoch());
    };
    const base::Milliseconds before = now();
    work();
    return (now() - before) * (is_emulated ? slowdown_ : 1);
  }

  // The same, and the caller goes on no earlier than then; but not beyond the deadline.
  template <class Work>
  base::Milliseconds stretch(const base::Deadline& deadline, const Work& work) const {
    const base::Instant start = clock_->now();
    const base::Milliseconds taken = time(work);
    if (slowdown_ > 1) {
      const auto until = start + std::chrono::duration_cast<base::Instant::duration>(taken);
      clock_->sleep_until(std::min(until, deadline.instant()));
    }
    return taken;
  }

 private:
  double slowdown_;
  base::Clock* clock_;
};

}  // namespace tandem::agent
