#include "wire/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/address.h"
#include "base/error.h"
#include "wire/open_connections.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

constexpr std::size_t kDescriptorsByConnection = 3;  // the transport's, ours, and one for what the request opens
constexpr std::size_t kOtherDescriptors = 128;

Error cannot_listen(const std::string& address, ErrorKind kind, const char* reason) {
  return {kind, fmt::format("{}: cannot listen there: {}", address, reason)};
}

Error cannot_listen(const std::string& address) {
  const int number = errno;
  return cannot_listen(address, base::kind_of_errno(number), std::strerror(number));
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }
  void reset(int number = -1) {
    if (number_ >= 0) ::close(number_);
    number_ = number;
  }

 private:
  int number_;
};

Addresses look_up(const std::string& address) {
  const auto [host, port] = base::parse_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); failure != 0)
    throw cannot_listen(address, ErrorKind::NotFound, ::gai_strerror(failure));
  return {found, &::freeaddrinfo};
}

void set_option(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

int port_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

// Several addresses of one name share a port.
void set_port(sockaddr& address, int port) {
  (address.sa_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                 : reinterpret_cast<sockaddr_in&>(address).sin_port) =
      htons(static_cast<std::uint16_t>(port));
}

Descriptor listen_at(const addrinfo& place, const std::string& address) {
  Descriptor listening(::socket(place.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listening.number() < 0) throw cannot_listen(address);
  set_option(listening.number(), SOL_SOCKET, SO_REUSEADDR, 1);  // a port that just became free counts as free
  set_option(listening.number(), IPPROTO_TCP, TCP_NODELAY, 1);  // connections inherit it
  if (place.ai_family == AF_INET6) set_option(listening.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(listening.number(), place.ai_addr, place.ai_addrlen) != 0 || ::listen(listening.number(), SOMAXCONN) != 0)
    throw cannot_listen(address);
  return listening;
}

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
  std::vector<Descriptor> listening;
  Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  OpenConnections connections;
  std::atomic<std::size_t> count{0};
  Descriptor wake_up{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Descriptor spare{::open("/dev/null", O_RDONLY | O_CLOEXEC)};  // to accept and close where there is none left
  std::function<void(int)> take;
  std::thread thread;

  explicit Implementation(const ConnectionCaps& caps) : connections(within_the_process(caps), epoll.number()) {}

  void listen(const std::string& address);
  void watch(int descriptor);
  void serve();
  void accept_all(int listener);
  void take_connection(int descriptor, const std::string& peer);
  bool refuse_one(int listener);
};

void Listener::Implementation::listen(const std::string& address) {
  const Addresses found = look_up(address);
  for (const addrinfo* place = found.get(); place != nullptr; place = place->ai_next) {
    if (!listening.empty()) set_port(*place->ai_addr, port_of(listening.front().number()));
    listening.push_back(listen_at(*place, address));
  }
}

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
      if (!refuse_one(listener)) return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;  // nobody waits; or the system has no memory for now, and says again that somebody waits
    }
  }
}

void Listener::Implementation::take_connection(int descriptor, const std::string& peer) {
  if (!connections.make_room(peer) || !connections.add(descriptor, peer)) {
    ::close(descriptor);
    return;
  }
  count = connections.size();
  take(descriptor);
}

// The process has no descriptor left: the one in front of the queue is let in and out.
bool Listener::Implementation::refuse_one(int listener) {
  connections.end_a_silent_one();
  spare.reset();
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor >= 0) ::close(descriptor);
  spare.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return descriptor >= 0;
}

Listener::Listener(const std::string& address, const ConnectionCaps& caps)
    : implementation_(std::make_unique<Implementation>(caps)) {
  implementation_->listen(address);
}

Listener::~Listener() {
  stop();
}

int Listener::port() const {
  return port_of(implementation_->listening.front().number());
}

std::size_t Listener::connections() const {
  return implementation_->count;
}

void Listener::start(std::function<void(int)> take) {
  implementation_->take = std::move(take);
  implementation_->watch(implementation_->wake_up.number());
  for (const auto& listening : implementation_->listening) implementation_->watch(listening.number());
  implementation_->thread = std::thread([this] { implementation_->serve(); });
}

void Listener::stop() {
  ::eventfd_write(implementation_->wake_up.number(), 1);
  if (implementation_->thread.joinable()) implementation_->thread.join();
  implementation_->listening.clear();
}

}  // namespace tandem::wire
