// Link costs learnt from ordinary requests: the goodput of large frames and the round trip of small ones replace the
// known values, and frames of a size between scale both. Used by workspace. Pure.
#pragma once

#include <cstdint>

#include "cost/costs.h"

namespace tandem::cost {

// `sent_bytes` went from → to, and a small answer came back `took_ms` later, the far end's own work not counted. Give
// the median of several frames: a single one may have had to wait. Returns whether `link` was changed; times that
// cannot be change nothing.
bool learn(LinkCosts& link, double sent_bytes, double took_ms, std::int64_t now_s);

}  // namespace tandem::cost
