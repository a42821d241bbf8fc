// The parts of a link in virtual time that both carriers share, bytes (lane.h) and packets (packet_lane.h): a clock
// that stalls, a bottleneck, jitter. Callers pass the time. Not thread-safe. Private to link/.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>

#include "base/clock.h"

namespace tandem::link {

// Time without the stalls: `now` minus their total duration.
class LaneClock {
 public:
  base::Instant time() const { return time_; }
  bool is_stalled() const { return is_stalled_; }
  base::Instant advance(base::Instant now);              // returns time()
  void set_stalled(bool is_stalled, base::Instant now);  // after advance(now)
  base::Instant outside(base::Instant time) const;       // the inverse, while not stalled; max() stays max()

 private:
  base::Instant time_{};
  base::Instant::duration stalled_for_{0};
  bool is_stalled_ = false;
};

// What passes through at a rate, one item after the other. Its end is exact though the rate changes meanwhile.
class Bottleneck {
 public:
  void start(double bytes, base::Instant time) { remaining_ = bytes, since_ = time; }
  void set_rate(double bytes_per_second, base::Instant time);  // infinity: no limit; 0: blocked
  base::Instant end() const;                                   // of the item started last; max(): never at this rate

 private:
  double bytes_per_second_ = std::numeric_limits<double>::infinity();
  double remaining_ = 0;  // bytes left at `since_`
  base::Instant since_{};
};

// Extra delays, each uniform in [0, longest]. They follow one another by a Gaussian copula: the normal variables behind
// neighbouring delays have the given correlation in [0, 1], which leaves their distribution as it is.
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed);
  std::chrono::nanoseconds draw(std::chrono::nanoseconds longest, double correlation);

 private:
  double draw_correlated(double correlation);

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double last_;  // standard normal
};

}  // namespace tandem::link
