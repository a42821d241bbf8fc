#include "wire/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "wire/open_connections.h"

namespace tandem::wire {
namespace {

constexpr std::size_t kDescriptorsByConnection = 3;  // the transport's, ours, and one for what the request opens
constexpr std::size_t kOtherDescriptors = 128;

std::string text_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = peer.ss_family == AF_INET6
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
  return ::inet_ntop(peer.ss_family, bytes, text.data(), text.size()) != nullptr ? text.data() : "";
}

ConnectionCaps within_the_process(ConnectionCaps caps) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t rest = all > 2 * kOtherDescriptors ? all - kOtherDescriptors : all / 2;
  caps.all = std::clamp<std::size_t>(rest / kDescriptorsByConnection, 1, caps.all);
  caps.by_address = std::min(caps.by_address, std::max<std::size_t>(1, caps.all / 2));
  return caps;
}

}  // namespace

struct Listener::Implementation {
  ListeningSockets listening;
  base::Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  OpenConnections connections;
  std::atomic<std::size_t> count{0};
  base::Descriptor wake_up{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  base::Descriptor spare{::open("/dev/null", O_RDONLY | O_CLOEXEC)};  // to accept and close where there is none left
  std::function<void(int)> take;
  std::thread thread;

  Implementation(ListeningSockets sockets, const ConnectionCaps& caps)
      : listening(std::move(sockets)), connections(within_the_process(caps), epoll.number()) {}

  void watch(int descriptor);
  void serve();
  void accept_all(int listener);
  void take_connection(int descriptor, const std::string& peer);
  bool refuse_one(int listener);
};

void Listener::Implementation::watch(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(descriptor);
  ::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, descriptor, &event);
}

void Listener::Implementation::serve() {
  constexpr int kMostEvents = 64;
  std::array<epoll_event, kMostEvents> events{};
  while (true) {
    const int happened = ::epoll_wait(epoll.number(), events.data(), kMostEvents, -1);
    for (int i = 0; i < happened; ++i) {
      const std::uint64_t number = events[static_cast<std::size_t>(i)].data.u64;
      if (number >= OpenConnections::kFirst) {
        connections.remove(number);
      } else if (static_cast<int>(number) == wake_up.number()) {
        return;
      } else {
        accept_all(static_cast<int>(number));
      }
    }
    count = connections.size();
  }
}

void Listener::Implementation::accept_all(int listener) {
  while (true) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor >= 0) {
      take_connection(descriptor, text_of(peer));
    } else if (errno == EMFILE || errno == ENFILE) {
      if (!connections.end_a_silent_one() && !refuse_one(listener)) return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;  // nobody waits; or the system has no memory for now, and says again that somebody waits
    }
  }
}

void Listener::Implementation::take_connection(int descriptor, const std::string& peer) {
  bool fits = connections.make_room(peer);
  while (fits && !connections.add(descriptor, peer)) fits = connections.end_a_silent_one();
  if (!fits) {
    ::close(descriptor);
    return;
  }
  count = connections.size();
  take(descriptor);
}

// The process has no descriptor left, and nobody is silent: the one in front of the queue is let in and out.
bool Listener::Implementation::refuse_one(int listener) {
  spare.reset();
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor >= 0) ::close(descriptor);
  spare.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return descriptor >= 0;
}

Listener::Listener(ListeningSockets sockets, const ConnectionCaps& caps)
    : implementation_(std::make_unique<Implementation>(std::move(sockets), caps)) {}

Listener::~Listener() {
  stop();
}

int Listener::port() const {
  return implementation_->listening.port();
}

std::size_t Listener::connections() const {
  return implementation_->count;
}

void Listener::start(std::function<void(int)> take) {
  implementation_->take = std::move(take);
  implementation_->watch(implementation_->wake_up.number());
  for (const int descriptor : implementation_->listening.descriptors()) implementation_->watch(descriptor);
  implementation_->thread = std::thread([this] { implementation_->serve(); });
}

void Listener::stop() {
  ::eventfd_write(implementation_->wake_up.number(), 1);
  if (implementation_->thread.joinable()) implementation_->thread.join();
  implementation_->listening.close();
}

}  // namespace tandem::wire
