// Dynamic programming over the cuts of a chain: the best plan of an additive query. Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// True for a total order of blocks, an additive query and one plan.
bool chain_fits(const Query& query);

// On a graph that is not a chain: the best of the plans that cut its order, which may not be the best of all.
Findings solve_chain(const Query& query);

}  // namespace tandem::plan
