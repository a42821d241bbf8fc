#include "link/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/address.h"
#include "base/error.h"

namespace tandem::link {
namespace {

using base::ErrorKind;

// Bounds the kernel's buffers before the emulated bottleneck and after the emulated line.
constexpr int kKernelBufferBytes = 256 << 10;
constexpr int kBacklog = 512;
constexpr int kPortAttempts = 16;

base::Error unavailable(const char* doing) {
  return base::Error(base::kind_of_errno(errno),
                     fmt::format("link emulator: cannot {}: {}", doing, std::strerror(errno)));
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

void tune(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kKernelBufferBytes);
  set_option(socket, SOL_SOCKET, SO_RCVBUF, kKernelBufferBytes);
}

Descriptor open_socket(const Address& address) {
  return Descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

// Port 0 stays 0 in `address`, and the kernel picks one.
Descriptor bind_to(const Address& address) {
  Descriptor socket = open_socket(address);
  if (!socket.is_open()) throw unavailable("open a socket");
  set_option(socket.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(socket.number(), SOL_SOCKET, SO_RCVBUF, kKernelBufferBytes);  // accepted sockets inherit it
  if (::bind(socket.number(), generic(address), address.size) != 0) {
    throw unavailable(fmt::format("listen at port {}", address.port()).c_str());
  }
  return socket;
}

// A socket whose port was asked for by number keeps it while it does not listen (see pause_listening); one whose port
// the kernel picked does not. So let the kernel pick, then ask for that number.
Descriptor bind_to_free_port(Address address) {
  for (int attempt = 1;; ++attempt) {
    address.set_port(0);
    address.set_port(local_port(bind_to(address)));
    try {
      return bind_to(address);
    } catch (const base::Error&) {
      if (attempt == kPortAttempts) throw;
    }
  }
}

}  // namespace

bool Address::is_loopback() const {
  if (storage.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(storage);
    return (ntohl(ip.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  return storage.ss_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr);
}

int Address::port() const {
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

void Address::set_port(int port) {
  const auto value = htons(static_cast<std::uint16_t>(port));
  if (storage.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = value;
  } else {
    reinterpret_cast<sockaddr_in&>(storage).sin_port = value;
  }
}

Address resolve(const std::string& host_and_port) {
  const auto [host, number] = base::parse_address(host_and_port);
  const std::string port = std::to_string(number);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    throw base::Error(base::kind_of_lookup(error),
                      fmt::format("'{}' has no address: {}", host_and_port, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  return address;
}

Descriptor listen_at(Address address) {
  Descriptor socket = address.port() == 0 ? bind_to_free_port(address) : bind_to(address);
  resume_listening(socket);
  return socket;
}

// On Linux a listening socket that is shut down for reading leaves the listening state but keeps its port.
void pause_listening(const Descriptor& listener) {
  if (::shutdown(listener.number(), SHUT_RD) != 0) throw unavailable("stop listening");
}

void resume_listening(const Descriptor& listener) {
  if (::listen(listener.number(), kBacklog) != 0) throw unavailable("listen");
}

int local_port(const Descriptor& socket) {
  Address address;
  address.size = sizeof address.storage;
  if (::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) {
    throw unavailable("read the port");
  }
  return address.port();
}

Accepted accept_from(const Descriptor& listener) {
  Accepted accepted{Descriptor(::accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC))};
  if (accepted.socket.is_open()) {
    tune(accepted.socket.number());
  } else {
    accepted.is_exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
  }
  return accepted;
}

Descriptor begin_connect(const Address& address) {
  Descriptor socket = open_socket(address);
  if (!socket.is_open()) return socket;
  tune(socket.number());
  if (::connect(socket.number(), generic(address), address.size) != 0 && errno != EINPROGRESS) socket.reset();
  return socket;
}

bool has_failed(const Descriptor& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

TransferResult receive_some(const Descriptor& socket, std::span<std::byte> into) {
  for (;;) {
    const ssize_t count = ::recv(socket.number(), into.data(), into.size(), 0);
    if (count > 0) return {Transfer::Done, static_cast<std::size_t>(count)};
    if (count == 0) return {Transfer::EndOfStream, 0};
    if (errno != EINTR) return {errno == EAGAIN ? Transfer::WouldBlock : Transfer::Failed, 0};
  }
}

TransferResult send_some(const Descriptor& socket, std::span<const std::byte> bytes) {
  for (;;) {
    const ssize_t count = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return {Transfer::Done, static_cast<std::size_t>(count)};
    if (errno != EINTR) return {errno == EAGAIN ? Transfer::WouldBlock : Transfer::Failed, 0};
  }
}

void finish_writing(const Descriptor& socket) {
  ::shutdown(socket.number(), SHUT_WR);
}

void reset_on_close(const Descriptor& socket) {
  const linger immediately{1, 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately);
}

}  // namespace tandem::link
