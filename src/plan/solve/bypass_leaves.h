// The units of a search over ideals in which tensors may go past targets. Private to plan/solve/.
#pragma once

#include <vector>

#include "plan/solve/bundles.h"

namespace tandem::plan {

// Each block alone, but for one that takes no time anywhere and has one neighbour, with whom it stays: all that it
// reads or makes is the neighbour's. What a search without a bypass joins may be apart here. In any order.
std::vector<Bundle> join_leaves(const Query& query);

}  // namespace tandem::plan
