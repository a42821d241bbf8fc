#include "wire/tcp_socket.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace tandem::wire {
namespace {

constexpr std::size_t kLongestName = 16;  // TCP_CA_NAME_MAX

// A socket counts as writable only below so many bytes that were not sent yet: what waits longer waits in its stream,
// where a ping or another request can pass.
constexpr int kUnsentBytes = 256 << 10;

double ms(std::uint64_t microseconds) {
  return static_cast<double>(microseconds) / 1e3;
}

void set(int descriptor, int option, int value) {
  (void)::setsockopt(descriptor, IPPROTO_TCP, option, &value, sizeof value);
}

}  // namespace

double TcpState::retransmitted_share() const {
  return sent_bytes == 0 ? 0 : static_cast<double>(retransmitted_bytes) / static_cast<double>(sent_bytes);
}

std::optional<TcpState> tcp_state(int descriptor) {
  tcp_info info;
  std::memset(&info, 0, sizeof info);  // an older kernel fills in fewer fields
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  std::array<char, kLongestName + 1> name{};
  socklen_t name_size = kLongestName;
  (void)::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), &name_size);
  TcpState state;
  state.congestion_control = name.data();
  state.round_trip_ms = ms(info.tcpi_rtt);
  state.round_trip_variation_ms = ms(info.tcpi_rttvar);
  state.least_round_trip_ms = ms(info.tcpi_min_rtt);
  state.delivery_mbps = static_cast<double>(info.tcpi_delivery_rate) * 8 / 1e6;
  state.is_sender_limited = info.tcpi_delivery_rate_app_limited != 0;
  state.window_segments = info.tcpi_snd_cwnd;
  state.segment_bytes = info.tcpi_snd_mss;
  state.sent_bytes = info.tcpi_bytes_sent;
  state.retransmitted_bytes = info.tcpi_bytes_retrans;
  state.busy_ms = ms(info.tcpi_busy_time);
  state.receiver_limited_ms = ms(info.tcpi_rwnd_limited);
  return state;
}

void tune_socket(int descriptor, const std::string& congestion_control) {
  set(descriptor, TCP_NODELAY, 1);
  set(descriptor, TCP_NOTSENT_LOWAT, kUnsentBytes);
  if (!congestion_control.empty()) {
    (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, congestion_control.data(),
                       static_cast<socklen_t>(congestion_control.size()));
  }
}

void TcpSocket::follow(int descriptor) {
  tune_socket(descriptor, congestion_control_);
  base::Descriptor watched(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  const std::lock_guard lock(mutex_);
  watched_ = std::move(watched);
}

std::optional<TcpState> TcpSocket::state() const {
  const std::lock_guard lock(mutex_);
  return watched_.is_open() ? tcp_state(watched_.number()) : std::nullopt;
}

}  // namespace tandem::wire
