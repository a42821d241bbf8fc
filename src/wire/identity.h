// Who a certificate stands for: its names, roles and serial number. Of peers, only certificates that the fleet's
// authority signed come here. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "wire/roles.h"

namespace tandem::wire {

struct Identity {
  std::string name;    // the first DNS name of its subjectAltName; empty: it has none
  std::string serial;  // hexadecimal, lower case
  Roles roles;
};

// Throws Error(InvalidInput), naming `where`.
Identity identity_of(const std::string& pem, const std::string& where);

// Whether it stands for this DNS name or IP address by its subjectAltName. A common name alone does not count, and
// neither do wildcards.
bool stands_for(const std::string& pem, const std::string& name);

// The serial numbers of certificates that no longer count.
using Revoked = std::set<std::string>;

// One serial in hexadecimal a line; the rest of a line from '#' on is a comment. Throws Error(InvalidInput) with the
// line.
Revoked parse_revoked(const std::string& text, const std::string& where);
// "0A:FF" → "aff". None where it is no hexadecimal number.
std::optional<std::string> normal_serial(const std::string& text);

}  // namespace tandem::wire
