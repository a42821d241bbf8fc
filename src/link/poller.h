// Waits for sockets and for a moment, to the microsecond. wake() may be called from any thread, all else from one.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "link/socket.h"

namespace tandem::link {

class Poller {
 public:
  // Tokens that tell what an event is about. Other tokens are the caller's.
  static constexpr std::uint64_t kWoken = 0;
  static constexpr std::uint64_t kTime = 1;
  static constexpr std::uint64_t kFirstFree = 2;

  Poller();  // Throws Error(Unavailable) when the process has run out of descriptors.

  // Changes what is watched at a socket from `before` to `after` (EPOLLIN, EPOLLOUT; 0: not watched at all). Closing a
  // socket ends its watch.
  void watch(const Descriptor& socket, std::uint64_t token, std::uint32_t before, std::uint32_t after);

  // Returns at the first event, at `moment`, or when woken. The events are valid until the next call.
  std::span<const epoll_event> wait_until(base::Instant moment);

  void wake();

 private:
  void arm(base::Instant moment);
  void clear(const Descriptor& counter);

  Descriptor epoll_;
  Descriptor timer_;
  Descriptor wakener_;
  base::Instant armed_ = base::Instant::max();
  std::array<epoll_event, 64> events_;
};

}  // namespace tandem::link
