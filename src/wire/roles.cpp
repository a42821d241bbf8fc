#include "wire/roles.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::wire {

const char* name_of(Role role) {
  switch (role) {
    case Role::Caller:
      return "caller";
    case Role::Agent:
      return "agent";
    case Role::Operator:
      return "operator";
  }
  return "caller";
}

Role parse_role(const std::string& name) {
  for (const Role role : kAllRoles) {
    if (name == name_of(role)) return role;
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("role '{}': expected caller, agent or operator", name.substr(0, 80)));
}

std::string uri_of(Role role) {
  return std::string("urn:tandem:role:") + name_of(role);
}

std::string Roles::text(const char* separator) const {
  std::string names;
  for (const Role role : kAllRoles) {
    if (has(role)) names += (names.empty() ? "" : separator) + std::string(name_of(role));
  }
  return names.empty() ? "none" : names;
}

}  // namespace tandem::wire
