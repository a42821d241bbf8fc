// The time of day, for records: when something was measured. Deadlines and durations use clock.h. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

namespace tandem::base {

inline std::int64_t unix_time_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace tandem::base
