// The TCP socket below a connection: options that suit requests, and the kernel's own measurements of the path. Used by
// the ends of connections and by whoever wants to know a link without probing it. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"

namespace tandem::wire {

// What the kernel knows of a connection (TCP_INFO), since it was opened where not said otherwise. Its documentation is
// include/uapi/linux/tcp.h; delivery rate: Cardwell et al., "BBR: Congestion-Based Congestion Control", 2016, and
// draft-cheng-iccrg-delivery-rate-estimation.
struct TcpState {
  std::string congestion_control;  // its name: "bbr", "cubic"
  double round_trip_ms = 0;        // smoothed
  double round_trip_variation_ms = 0;
  double least_round_trip_ms = 0;  // of the last minutes
  double delivery_mbps = 0;        // the last rate at which bytes were acknowledged
  bool is_sender_limited = false;  // that rate: the sender had no more to send, so that it says little of the path
  std::uint32_t window_segments = 0;
  std::uint32_t segment_bytes = 0;
  std::uint64_t sent_bytes = 0;  // retransmitted ones among them
  std::uint64_t retransmitted_bytes = 0;
  double busy_ms = 0;              // with bytes that were not acknowledged yet
  double receiver_limited_ms = 0;  // part of busy_ms: the receiver's window was full

  // Share of the bytes sent that were sent again, [0, 1].
  double retransmitted_share() const;
};

// Nothing where `descriptor` is no TCP socket.
std::optional<TcpState> tcp_state(int descriptor);

// Sets what the kernel lets us set, and leaves the rest. `congestion_control`: empty: the system's default.
void tune_socket(int descriptor, const std::string& congestion_control);

// The socket of a connection that another one owns: a second descriptor of it, replaced with each attempt to connect.
class TcpSocket {
 public:
  explicit TcpSocket(std::string congestion_control) : congestion_control_(std::move(congestion_control)) {}

  // Tunes a socket that is about to connect, and follows it from now on.
  void follow(int descriptor);
  // Nothing before the first attempt.
  std::optional<TcpState> state() const;

 private:
  const std::string congestion_control_;
  mutable std::mutex mutex_;
  base::Descriptor watched_;
};

}  // namespace tandem::wire
