// The conditions of an emulated link, set when the emulator starts or while it runs.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace tandem::link {

// "Up" is from the connecting client to the target, "down" the opposite. Bandwidth counts TCP payload, in 10^6 bits a
// second; all connections share it, each direction for itself.
struct LinkConditions {
  double up_mbps = 0;                   // 0: unlimited
  double down_mbps = 0;                 // 0: unlimited
  base::Milliseconds one_way_delay{0};  // in each direction: half of a round trip
  base::Milliseconds jitter{0};         // each chunk is delayed by up to this much more; connections keep their order
  bool stalled = false;                 // bytes wait, connections stay open
  bool cut = false;                     // connections are reset, new ones refused
  bool operator==(const LinkConditions&) const = default;
};

inline constexpr double kMaxMbps = 100'000;
inline constexpr base::Milliseconds kMaxDelay{60'000};

// Error(InvalidInput) unless bandwidths are in [0, kMaxMbps], delay and jitter in [0, kMaxDelay].
base::Status check(const LinkConditions& conditions);

// Reads {"bandwidth_mbps" (both directions), "up_mbps", "down_mbps", "one_way_delay_ms", "jitter_ms", "stalled",
// "cut"}, each of them optional. Throws Error(InvalidInput), also on an unknown key.
LinkConditions read_conditions(const base::JsonView& view);

// The same object, with up_mbps and down_mbps.
base::Json to_json(const LinkConditions& conditions);

}  // namespace tandem::link
