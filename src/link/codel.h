// CoDel: which packets a queue drops by the time that they waited. RFC 8289, section 5, in virtual time. Not
// thread-safe. Private to link/.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace tandem::link {

class CoDel {
 public:
  static constexpr std::chrono::milliseconds kTarget{5};      // RFC 8289, section 4.4
  static constexpr std::chrono::milliseconds kInterval{100};  // section 4.3

  // Whether the packet at the head is dropped as it leaves at `now`, after `waited`; `bytes_left` are behind it. Ask
  // again for the next one, until one is sent.
  bool drops(base::Instant now, std::chrono::nanoseconds waited, std::size_t bytes_left);
  void find_empty() { is_above_ = false; }  // the queue was asked for a packet and had none

 private:
  bool may_drop(base::Instant now, std::chrono::nanoseconds waited, std::size_t bytes_left);
  void begin(base::Instant now);
  base::Instant next_after(base::Instant time) const;

  bool is_above_ = false;        // packets waited longer than kTarget of late
  base::Instant above_until_{};  // then: one interval after the first of them
  bool is_dropping_ = false;
  base::Instant drop_next_{};
  std::uint32_t count_ = 0;  // drops since dropping began
  std::uint32_t last_count_ = 0;
};

}  // namespace tandem::link
