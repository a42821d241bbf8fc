// What requests that went over a link anyway say about it: the goodput of large frames and the round trip of small ones
// replace what was known. Pure.
#pragma once

#include <cstdint>

#include "cost/costs.h"

namespace tandem::cost {

// `sent_bytes` went from → to and a small answer came back, `took_ms` later; what the far end did in the meantime is
// not part of it. Returns whether it said anything: between small and large, the round trip and the bandwidth cannot
// be told apart.
bool learn(LinkCosts& link, double sent_bytes, double took_ms, std::int64_t now_s);

}  // namespace tandem::cost
