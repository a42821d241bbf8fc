// The conditions of an emulated link, set when the emulator starts or while it runs.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace tandem::link {

enum class Carrier {
  Bytes,    // a TCP proxy (emulator.h)
  Packets,  // TUN devices between network namespaces (packet_network.h)
};

// "Up" is from the connecting client to the target, or from the first namespace to the second; "down" the opposite.
// Bandwidth is in 10^6 bits a second, of TCP payload or of IP packets, by carrier. Each direction has its own.
struct LinkConditions {
  double up_mbps = 0;                     // 0: unlimited
  double down_mbps = 0;                   // 0: unlimited
  base::Milliseconds one_way_delay{0};    // in each direction: half of a round trip
  base::Milliseconds jitter{0};           // each chunk or packet takes up to this much longer; their order is kept
  bool stalled = false;                   // bytes and packets wait
  bool cut = false;                       // connections are reset and new ones refused; packets are dropped
  double jitter_correlation_percent = 0;  // of neighbouring chunks or packets

  // Of packets only, in each direction for itself.
  double loss_percent = 0;          // on average
  double burst_packets = 0;         // mean length of a burst with losses; 0: packets are lost independently
  double burst_loss_percent = 100;  // lost within a burst, at least loss_percent; none outside
  double reorder_percent = 0;       // these take reorder_delay longer, and others overtake them
  base::Milliseconds reorder_delay{1};
  double duplicate_percent = 0;      // these arrive twice
  double queue_kb = 0;               // the queue's limit in 1,000 bytes, or in time at the bandwidth of the moment;
  base::Milliseconds queue_time{0};  // both 0: 1,000 packets
  bool codel = false;                // CoDel (RFC 8289), beside the limit; else tail drop only
  bool operator==(const LinkConditions&) const = default;
};

inline constexpr double kMaxMbps = 100'000;
inline constexpr base::Milliseconds kMaxDelay{60'000};

inline constexpr double kMaxBurstPackets = 1e6;
inline constexpr double kMaxQueueKb = 1e6;

// Error(InvalidInput) unless bandwidths are in [0, kMaxMbps], times in [0, kMaxDelay], shares in [0, 100] %,
// burst_packets 0 or in [1, kMaxBurstPackets], queue_kb in [0, kMaxQueueKb] and not set beside queue_time; and, for
// Carrier::Bytes, all that packets alone show is as it is by default.
base::Status check(const LinkConditions& conditions, Carrier carrier = Carrier::Bytes);

// Reads {"preset" (preset.h; what follows changes it), "bandwidth_mbps" (both directions), "up_mbps", "down_mbps",
// "one_way_delay_ms", "jitter_ms", "jitter_correlation_percent", "stalled", "cut", and for packets "loss_percent",
// "burst_packets", "burst_loss_percent", "reorder_percent", "reorder_ms", "duplicate_percent", "queue_kb", "queue_ms",
// "codel"}, each of them optional. Throws Error(InvalidInput), also on an unknown key.
LinkConditions read_conditions(const base::JsonView& view, Carrier carrier = Carrier::Bytes);

// The same object, with up_mbps and down_mbps; what only packets show and is as by default is left out.
base::Json to_json(const LinkConditions& conditions);

}  // namespace tandem::link
