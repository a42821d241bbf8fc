#include "link/codel.h"

#include <cmath>

namespace tandem::link {

using base::Instant;

namespace {

constexpr std::size_t kLargestPacket = 1500;

}  // namespace

bool CoDel::drops(Instant now, std::chrono::nanoseconds waited, std::size_t bytes_left) {
  if (!may_drop(now, waited, bytes_left)) return is_dropping_ = false;
  if (!is_dropping_) {
    begin(now);
    return true;
  }
  if (now < drop_next_) return false;
  ++count_;
  drop_next_ = next_after(drop_next_);
  return true;
}

bool CoDel::may_drop(Instant now, std::chrono::nanoseconds waited, std::size_t bytes_left) {
  if (waited < kTarget || bytes_left <= kLargestPacket) return is_above_ = false;
  if (is_above_) return now >= above_until_;
  is_above_ = true;
  above_until_ = now + kInterval;
  return false;
}

// Soon after the last time, it starts at the rate that had been enough then.
void CoDel::begin(Instant now) {
  is_dropping_ = true;
  const std::uint32_t latest = count_ - last_count_;
  count_ = latest > 1 && now - drop_next_ < 16 * kInterval ? latest : 1;
  drop_next_ = next_after(now);
  last_count_ = count_;
}

Instant CoDel::next_after(Instant time) const {
  const double nanoseconds = std::chrono::duration<double, std::nano>(kInterval).count() / std::sqrt(count_);
  return time + std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

}  // namespace tandem::link
