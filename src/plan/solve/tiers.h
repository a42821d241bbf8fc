// A lower bound for many routes at once: one target a tier stands for a whole set of them, as fast as the fastest and
// as near as the nearest of the set. One minimum cut then rules out every route through those sets. Private to
// plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

// Targets by tier, tiers in order; the first set is the origin alone. Empty sets are left out.
using TierSets = std::vector<std::vector<std::size_t>>;

// A lower bound on the objective's functional, over all plans of the query on these targets; kUnlimited: there is no
// plan. Ignores the query's limits. Not for periods, which are not sums.
double tier_bound(const Query& query, const TierSets& sets);

}  // namespace tandem::plan
