#include "link/poller.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::link {

using base::Instant;

Poller::Poller()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      wakener_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!epoll_.is_open() || !timer_.is_open() || !wakener_.is_open()) {
    throw base::Error(base::kind_of_errno(errno),
                      fmt::format("link emulator: cannot open a descriptor: {}", std::strerror(errno)));
  }
  watch(timer_, kTime, 0, EPOLLIN);
  watch(wakener_, kWoken, 0, EPOLLIN);
}

void Poller::watch(const Descriptor& socket, std::uint64_t token, std::uint32_t before, std::uint32_t after) {
  if (before == after) return;
  epoll_event event{};
  event.events = after;
  event.data.u64 = token;
  const int operation = before == 0 ? EPOLL_CTL_ADD : after == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  ::epoll_ctl(epoll_.number(), operation, socket.number(), &event);
}

std::span<const epoll_event> Poller::wait_until(Instant moment) {
  const bool is_due = moment <= std::chrono::steady_clock::now();
  if (!is_due) arm(moment);
  const int count = ::epoll_wait(epoll_.number(), events_.data(), static_cast<int>(events_.size()), is_due ? 0 : -1);
  const std::span<const epoll_event> events(events_.data(), static_cast<std::size_t>(std::max(count, 0)));
  for (const epoll_event& event : events) {
    if (event.data.u64 == kWoken) clear(wakener_);
    if (event.data.u64 == kTime) {
      clear(timer_);
      armed_ = Instant::max();
    }
  }
  return events;
}

void Poller::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wakener_.number(), &one, sizeof one);
}

// An absolute time of the clock behind steady_clock, so that neither rounding nor our own delay adds up.
void Poller::arm(Instant moment) {
  if (moment == armed_) return;
  armed_ = moment;
  itimerspec setting{};  // all zero: disarmed
  if (moment != Instant::max()) {
    const auto since_start = std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
    setting.it_value.tv_sec = since_start / 1'000'000'000;
    setting.it_value.tv_nsec = since_start % 1'000'000'000;
  }
  ::timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void Poller::clear(const Descriptor& counter) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(counter.number(), &count, sizeof count);
}

void go_first() {
  constexpr int kNiceness = -15;
  ::setpriority(PRIO_PROCESS, 0, kNiceness);  // on Linux: of the calling thread
}

}  // namespace tandem::link
