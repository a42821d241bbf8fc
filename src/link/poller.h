// Waits for socket events and for a point in time, to the microsecond. wake() may be called from any thread, everything
// else from one. Private to link/.
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
  // Reserved tokens. All others are the caller's.
  static constexpr std::uint64_t kWoken = 0;
  static constexpr std::uint64_t kTime = 1;
  static constexpr std::uint64_t kFirstFree = 2;

  Poller();  // throws Error(Unavailable) when the process has no descriptors left

  // Changes the watched events of a socket from `before` to `after` (EPOLLIN, EPOLLOUT; 0: none). Closing a socket ends
  // its watch.
  void watch(const Descriptor& socket, std::uint64_t token, std::uint32_t before, std::uint32_t after);

  // Returns at the first event, at `moment`, or on wake(). The events are valid until the next call.
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

// A busy machine should not look like a slow link: the calling thread comes before others. Needs a privilege; without
// it, the thread waits for its turn like any other. It sleeps nearly always, so it takes little from others.
void go_first();

}  // namespace tandem::link
