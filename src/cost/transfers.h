// Link costs learnt from ordinary requests: the goodput of large frames and the round trip of small ones replace the
// known values. Used by workspace. Pure.
#pragma once

#include <cstdint>

#include "cost/costs.h"

namespace tandem::cost {

// `sent_bytes` went from → to, and a small answer came back `took_ms` later, the far end's own work not counted.
// Returns whether `link` was changed: from a frame between small and large, the round trip and the bandwidth cannot be
// told apart.
bool learn(LinkCosts& link, double sent_bytes, double took_ms, std::int64_t now_s);

}  // namespace tandem::cost
