#include "wire/listening.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/address.h"
#include "wire/certificates.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

Error cannot_listen(const std::string& address, ErrorKind kind, const char* reason) {
  return {kind, fmt::format("{}: cannot listen there: {}", address, reason)};
}

}  // namespace

void check_may_listen(const std::string& address, const Credentials& credentials) {
  base::parse_address(address);
  check_credentials(credentials, address);
  if (credentials.is_secure() || credentials.allow_insecure || is_loopback(address)) return;
  throw Error(
      ErrorKind::Refused,
      fmt::format("{}: not listening beyond loopback without TLS; make certificates with `tandem certs`, or say "
                  "--insecure on a network that you trust",
                  address));
}

// gRPC does not say; so ask the system for the same.
Error why_not_listening(const std::string& address) {
  const auto [host, port] = base::parse_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); failure != 0)
    return cannot_listen(address, ErrorKind::NotFound, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const int listener = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;  // as gRPC does: a port that just became free counts as free
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool listens = ::bind(listener, found->ai_addr, found->ai_addrlen) == 0 && ::listen(listener, 1) == 0;
  const int number = errno;
  if (listener >= 0) ::close(listener);
  return listens ? cannot_listen(address, ErrorKind::Unavailable, "gRPC gives no reason")
                 : cannot_listen(address, base::kind_of_errno(number), std::strerror(number));
}

}  // namespace tandem::wire
