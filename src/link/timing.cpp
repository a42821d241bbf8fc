#include "link/timing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem::link {

using base::Instant;
using namespace std::chrono_literals;

Instant LaneClock::advance(Instant now) {
  if (!is_stalled_) time_ = std::max(time_, now - stalled_for_);
  return time_;
}

void LaneClock::set_stalled(bool is_stalled, Instant now) {
  if (is_stalled_ && !is_stalled) stalled_for_ = now - time_;
  is_stalled_ = is_stalled;
}

Instant LaneClock::outside(Instant time) const {
  return time == Instant::max() ? time : time + stalled_for_;
}

void Bottleneck::set_rate(double bytes_per_second, Instant time) {
  const double passed = std::chrono::duration<double>(time - since_).count() * bytes_per_second_;
  if (passed > 0) remaining_ = std::max(0.0, remaining_ - passed);
  since_ = time;
  bytes_per_second_ = bytes_per_second;
}

Instant Bottleneck::end() const {
  if (remaining_ <= 0) return since_;
  constexpr double kForever = 1e9;
  const double seconds = remaining_ / bytes_per_second_;
  if (!(seconds < kForever)) return Instant::max();
  return since_ + std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
}

// From a generator of its own, since delays without correlation draw from random_ only.
Jitter::Jitter(std::uint64_t seed) : random_(seed) {
  std::mt19937_64 first(seed + 1);
  last_ = normal_(first);
}

std::chrono::nanoseconds Jitter::draw(std::chrono::nanoseconds longest, double correlation) {
  if (longest.count() == 0) return 0ns;
  if (correlation == 0) {
    return std::chrono::nanoseconds(random_() % static_cast<std::uint64_t>(longest.count() + 1));
  }
  const double share = draw_correlated(correlation);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(share * static_cast<double>(longest.count())));
}

// In [0, 1]: the normal distribution function of an autoregressive sequence of the first order.
double Jitter::draw_correlated(double correlation) {
  last_ = correlation * last_ + std::sqrt(1 - correlation * correlation) * normal_(random_);
  return std::erfc(-last_ / std::numbers::sqrt2) / 2;
}

}  // namespace tandem::link
