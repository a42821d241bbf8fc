// How much longer than expected a local run may take on this machine now: late wake-ups and other work add to it. Grows
// at once, and shrinks slowly. Pure. Private to serve/.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace tandem::serve {

class Margin {
 public:
  explicit Margin(base::Milliseconds expected) : expected_(expected), allowance_(least()) {}

  // From the moment at which a run should begin until its end, at most.
  base::Milliseconds needed() const { return expected_ + allowance_; }

  void note(base::Milliseconds taken) {
    allowance_ = std::max({least(), allowance_ * kShrink, (taken - expected_) * kReserve});
  }
  void note_miss() { allowance_ = std::min(2 * allowance_, std::max(kMost, least())); }  // of a deadline

 private:
  base::Milliseconds least() const { return expected_ * kShare + kLeast; }

  static constexpr double kShare = 0.1;  // of the expected time
  static constexpr base::Milliseconds kLeast{5};
  static constexpr base::Milliseconds kMost{500};
  static constexpr double kReserve = 1.5;
  static constexpr double kShrink = 0.99;

  base::Milliseconds expected_;
  base::Milliseconds allowance_;
};

}  // namespace tandem::serve
