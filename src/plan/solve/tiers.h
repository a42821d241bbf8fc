// A lower bound for many routes at once: one target a tier stands for a whole set of them, as fast as the fastest and
// as near as the nearest of the set. One minimum cut then rules out every route through those sets, or tells which set
// to look into. Private to plan/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

// Targets by tier, tiers in order; the first set is the origin alone. Empty sets are left out.
using TierSets = std::vector<std::vector<std::size_t>>;

// No plan of the query over these targets adds up to less of the objective's functional; kUnlimited: there is none.
// Whatever else the query limits is left out of account. Not for periods, which are no sum.
double tier_bound(const Query& query, const TierSets& sets);

}  // namespace tandem::plan
