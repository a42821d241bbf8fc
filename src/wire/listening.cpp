#include "wire/listening.h"

#include <fmt/format.h>

#include "base/address.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

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

}  // namespace tandem::wire
