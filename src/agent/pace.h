// Times work, and stretches its time by a factor where the agent emulates a slower machine. For parts and for codecs.
// Thread-safe. Private to agent/.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace tandem::agent {

class Pace {
 public:
  // `clock` must outlive it.
  Pace(double slowdown, base::Clock& clock) : slowdown_(slowdown), clock_(&clock) {}

  base::Milliseconds of(base::Milliseconds here) const { return here * slowdown_; }

  // The stretched time of work that stays on the calling thread.
  template <class Work>
  base::Milliseconds time(const Work& work) const {
    return of(taken_here(work, true));
  }

  // The same, and returns once that time is over, or at the deadline.
  template <class Work>
  base::Milliseconds stretch(const base::Deadline& deadline, const Work& work) const {
    const base::Instant start = clock_->now();
    const base::Milliseconds taken = time(work);
    wait(start, taken, deadline);
    return taken;
  }

  // The same for repeatable work on `threads` threads; stops at once when it returns false. A slow machine waits no
  // longer for other processes than this one, nor for caches that they emptied, so the least of a few runs is stretched
  // where there is time for them. The clock misses the time of other threads: with several, the elapsed time counts.
  template <class Work>
  base::Milliseconds stretch_least(const base::Deadline& deadline, int threads, const Work& work) const {
    const base::Instant start = clock_->now();
    base::Milliseconds least = base::Milliseconds::max();
    bool goes_on = true;
    for (int run = 0; run < repetitions() && goes_on; ++run)
      least = std::min(least, taken_here([&] { goes_on = work(); }, threads == 1));
    if (goes_on) wait(start, of(least), deadline);
    return of(least);
  }

 private:
  static constexpr int kMostRepetitions = 3;

  bool is_emulated() const { return slowdown_ > 1; }
  int repetitions() const { return std::clamp(static_cast<int>(slowdown_ / 2), 1, kMostRepetitions); }

  template <class Work>
  base::Milliseconds taken_here(const Work& work, bool is_on_this_thread) const {
    const auto now = [&] {
      return is_emulated() && is_on_this_thread ? clock_->thread_time()
                                                : base::Milliseconds(clock_->now().time_since_epoch());
    };
    const base::Milliseconds before = now();
    work();
    return now() - before;
  }

  void wait(base::Instant start, base::Milliseconds taken, const base::Deadline& deadline) const {
    if (!is_emulated()) return;
    const auto until = start + std::chrono::duration_cast<base::Instant::duration>(taken);
    clock_->sleep_until(std::min(until, deadline.instant()));
  }

  double slowdown_;
  base::Clock* clock_;
};

}  // namespace tandem::agent
