// Addresses as people write them: HOST:PORT, an IPv6 host in brackets. Used by fleet files, listening and the link
// emulator. Pure.
#pragma once

#include <string>

#include "base/error.h"

namespace tandem::base {

struct HostAndPort {
  std::string host;  // an IPv6 address without its brackets
  int port = 0;      // [0, 65535]; 0: for listening, any free one
};

inline constexpr const char* kAddressForm = "HOST:PORT, such as 10.0.0.2:7101, edge.local:7101 or [::1]:7101";

// Throws Error(InvalidInput): "'TEXT' is no address: REASON; expected …".
HostAndPort parse_address(const std::string& text);

// The kind of a failure of getaddrinfo(), by what it returned: a name that does not exist is not found; a name server
// that does not answer, or a process without descriptors, is something else.
ErrorKind kind_of_lookup(int failure);

}  // namespace tandem::base
