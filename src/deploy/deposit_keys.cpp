#include "deploy/deposit_keys.h"

#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <string>

#include "base/error.h"

namespace tandem::deploy {
namespace {

std::string new_key() {
  std::string key(rpc::kDepositKeyBytes, '\0');
  if (getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size())) return key;
  throw base::Error(base::ErrorKind::Internal, "the system has no random bits for the key of a deposit");
}

}  // namespace

std::vector<rpc::Hop> with_deposit_keys(std::vector<rpc::Hop> route) {
  for (std::size_t i = 0; i < route.size(); ++i) {
    for (rpc::Deposit& deposit : route[i].deposits) {
      const auto later = std::find_if(route.begin() + static_cast<std::ptrdiff_t>(i) + 1, route.end(),
                                      [&](const rpc::Hop& hop) { return hop.target == deposit.target; });
      assert(later != route.end());
      deposit.key = new_key();
      later->awaits.push_back(deposit.key);
    }
  }
  return route;
}

}  // namespace tandem::deploy
