// Keys for the deposits of one request. Used by Deployment. Thread-safe. Private to deploy/.
#pragma once

#include <vector>

#include "rpc/messages.h"

namespace tandem::deploy {

// The route with a key for each deposit, of new random bits, which the hop at its target awaits. Each target has one
// hop, after that of the deposit. Throws Error(Internal) where the system has no random bits.
std::vector<rpc::Hop> with_deposit_keys(std::vector<rpc::Hop> route);

}  // namespace tandem::deploy
