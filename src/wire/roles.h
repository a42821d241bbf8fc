// What the holder of a certificate may do in a fleet: its roles. They stand in the certificate as URIs of the
// subjectAltName, "urn:tandem:role:operator". rpc/rights.h says which method asks for which. Values; pure.
#pragma once

#include <initializer_list>
#include <string>

namespace tandem::wire {

enum class Role {
  Caller,    // runs what is deployed
  Agent,     // serves, and forwards to other agents
  Operator,  // deploys and measures, too
};

inline constexpr Role kAllRoles[] = {Role::Caller, Role::Agent, Role::Operator};

const char* name_of(Role role);            // "caller", …
Role parse_role(const std::string& name);  // throws Error(InvalidInput), naming the known ones
std::string uri_of(Role role);             // "urn:tandem:role:caller", …

class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= bit_of(role);
  }
  static constexpr Roles all() { return {Role::Caller, Role::Agent, Role::Operator}; }

  constexpr void add(Role role) { bits_ |= bit_of(role); }
  constexpr bool has(Role role) const { return (bits_ & bit_of(role)) != 0; }
  constexpr bool has_any_of(Roles others) const { return (bits_ & others.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  std::string text(const char* separator = ", ") const;  // "caller, operator", or "none"

 private:
  static constexpr unsigned bit_of(Role role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_ = 0;
};

}  // namespace tandem::wire
