#include "rpc/rights.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "rpc/methods.h"

namespace tandem::rpc {
namespace {

using wire::Role;
using wire::Roles;

struct Right {
  std::string_view method;
  Roles roles;
};

constexpr Roles kEverybody = Roles::all();
constexpr Roles kThoseThatAsk{Role::Caller, Role::Operator};

// The health check is open to every certificate of the fleet. A caller may load what is held already
// (agent::Agent::load), and probe a link: `run --live` does so before each request.
constexpr Right kRights[] = {
    {kRunMethod, kEverybody},      {kDepositMethod, kEverybody},      {kEchoMethod, kEverybody},
    {kDescribeMethod, kEverybody}, {kMissingMethod, kThoseThatAsk},   {kLoadMethod, kThoseThatAsk},
    {kProbeMethod, kThoseThatAsk}, {kUploadMethod, {Role::Operator}}, {kMeasureMethod, {Role::Operator}}};

}  // namespace

void check_right(const std::string& method, const wire::CallTerms& terms) {
  const auto* const right = std::ranges::find(kRights, std::string_view(method), &Right::method);
  if (right == std::end(kRights) || terms.roles.has_any_of(right->roles)) return;
  throw base::Error(
      base::ErrorKind::Refused,
      fmt::format("{} takes a certificate with the role {}; that of '{}' has {}", method.substr(method.rfind('/') + 1),
                  right->roles.text(" or "), terms.client, terms.roles.text()));
}

}  // namespace tandem::rpc
