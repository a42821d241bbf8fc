#include "base/address.h"

#include <netdb.h>

#include <cerrno>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr std::size_t kLongestHost = 253;  // of a name in the DNS
constexpr int kHighestPort = 65535;

[[noreturn]] void refuse(const std::string& text, std::string_view reason) {
  throw Error(ErrorKind::InvalidInput,
              fmt::format("'{}' is no address: {}; expected {}", text.substr(0, 100), reason, kAddressForm));
}

int read_port(const std::string& text, std::string_view port) {
  int value = -1;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), value);
  const bool is_number = read.ec == std::errc() && read.ptr == port.data() + port.size();
  if (!is_number || value < 0 || value > kHighestPort)
    refuse(text, fmt::format("'{}' is no port from 0 to {}", port.substr(0, 40), kHighestPort));
  return value;
}

// Without a zone such as %eth0.
bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

bool is_name(const std::string& host) {
  const auto is_allowed = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  };
  return !host.empty() && host.size() <= kLongestHost && std::ranges::all_of(host, is_allowed);
}

}  // namespace

HostAndPort parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || text.ends_with(']')) refuse(text, "it has no port");
  const std::string host = text.substr(0, colon);
  if (host.empty()) refuse(text, "it has no host");
  if (host.front() == '[' && host.back() == ']' && is_ipv6(host.substr(1, host.size() - 2)))
    return {host.substr(1, host.size() - 2), read_port(text, text.substr(colon + 1))};
  if (host.find("://") != std::string::npos || host.starts_with("http:")) refuse(text, "it is a URL");
  if (host.find(':') != std::string::npos) refuse(text, "an IPv6 host stands in brackets");
  if (!is_name(host)) refuse(text, fmt::format("'{}' is no host", host.substr(0, 100)));
  return {host, read_port(text, text.substr(colon + 1))};
}

ErrorKind kind_of_lookup(int failure) {
  switch (failure) {
    case EAI_SYSTEM:
      return kind_of_errno(errno);
    case EAI_AGAIN:
      return ErrorKind::Unavailable;
    case EAI_MEMORY:
      return ErrorKind::ResourceExhausted;
    default:
      return ErrorKind::NotFound;
  }
}

}  // namespace tandem::base
