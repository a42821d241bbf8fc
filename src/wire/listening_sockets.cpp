#include "wire/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/address.h"
#include "base/error.h"
#include "wire/listening.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Error cannot_listen(const std::string& address, ErrorKind kind, const char* reason) {
  return {kind, fmt::format("{}: cannot listen there: {}", address, reason)};
}

Error cannot_listen(const std::string& address) {
  const int number = errno;
  return cannot_listen(address, base::kind_of_errno(number), std::strerror(number));
}

Addresses look_up(const std::string& address) {
  const auto [host, port] = base::parse_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); failure != 0)
    throw cannot_listen(address, base::kind_of_lookup(failure), ::gai_strerror(failure));
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

base::Descriptor listen_at(const addrinfo& place, const std::string& address) {
  base::Descriptor listening(::socket(place.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listening.number() < 0) throw cannot_listen(address);
  set_option(listening.number(), SOL_SOCKET, SO_REUSEADDR, 1);  // a port that just became free counts as free
  set_option(listening.number(), IPPROTO_TCP, TCP_NODELAY, 1);  // connections inherit it
  if (place.ai_family == AF_INET6) set_option(listening.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(listening.number(), place.ai_addr, place.ai_addrlen) != 0 || ::listen(listening.number(), SOMAXCONN) != 0)
    throw cannot_listen(address);
  return listening;
}

}  // namespace

ListeningSockets::ListeningSockets(const std::string& address, const Credentials& credentials) {
  check_may_listen(address, credentials);
  const Addresses found = look_up(address);
  for (const addrinfo* place = found.get(); place != nullptr; place = place->ai_next) {
    if (!sockets_.empty()) set_port(*place->ai_addr, port());
    sockets_.push_back(listen_at(*place, address));
  }
}

int ListeningSockets::port() const {
  return port_of(sockets_.front().number());
}

std::vector<int> ListeningSockets::descriptors() const {
  std::vector<int> numbers;
  for (const base::Descriptor& socket : sockets_) numbers.push_back(socket.number());
  return numbers;
}

}  // namespace tandem::wire
