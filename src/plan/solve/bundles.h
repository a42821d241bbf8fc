// Bundles: blocks that some best plan keeps together, the units of a search over ideals. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

struct Bundle {
  std::vector<std::size_t> ranks;
  std::size_t phase = 0;
  std::vector<std::uint32_t> before, behind;  // bundles that it reads from, and that read from it
  std::vector<std::uint32_t> reads, makes;    // active tensors of other bundles, and those that others read
};

// In a topological order, phase by phase. Blocks without costs join a neighbour where moving them there adds nothing to
// any stage or link, wherever the neighbour runs; else each block is a bundle.
std::vector<Bundle> make_bundles(const Query& query);

}  // namespace tandem::plan
