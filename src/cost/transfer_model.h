// The time of a transfer over a TCP connection that may have been idle: its bytes at the link's rate, and what the
// congestion control adds. For planners. Pure.
#pragma once

#include <string>
#include <vector>

namespace tandem::cost {

struct TransferPath {
  double bandwidth_mbps = 0;       // goodput, one way
  double round_trip_ms = 0;        // of small messages
  std::string congestion_control;  // of the connection, by the kernel's name: "bbr", "cubic", "reno"; empty: unknown
  double idle_ms = 0;              // from the answer to a transfer until the next transfer; 0: back to back
};

// A transfer of more than `above_bytes` takes `extra_ms` longer in all.
struct TransferStep {
  double above_bytes = 0;
  double extra_ms = 0;
  bool operator==(const TransferStep&) const = default;
};

// Milliseconds from the first byte sent to the last one received, less the propagation. The connection is used by
// transfers of this size only, each `idle_ms` after the last, without loss. Unknown congestion control adds nothing.
// CUBIC, reno: after an idle time a window is halved for each retransmission time-out of it, not below 10 segments,
// and doubles each round trip (RFC 5681, section 4.1; RFC 2861; RFC 6928; Linux's tcp_cwnd_restart). BBR: a connection
// whose transfers never fill the path stays in start-up and paces by what it delivered (Cardwell et al., BBR, 2016).
double transfer_ms(const TransferPath& path, double bytes);

// The ascending staircase nearest to what transfer_ms adds to the bytes at the link's rate: ascending in both numbers,
// at most 32 steps. It is off where the addition falls as transfers grow: after an idle time of a few time-outs, by up
// to half a round trip or so. Empty with BBR, whose addition falls to nothing, and where nothing is added.
std::vector<TransferStep> transfer_steps(const TransferPath& path);

}  // namespace tandem::cost
