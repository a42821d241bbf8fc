// Solver for plans with work in parallel: dynamic programming over the sets of blocks that have run and the target that
// holds their outputs, by hops and steps (judge/price.h). Costs that are sums; no limits. Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// Whether the problem allows it, under this query's policy: one exit at most, and an objective that is a sum.
bool allows_parallel(const Query& query);

// The best plan that costs less than the cutoff, in parallel or not, best first; and more, less good ones. Ignores the
// query's limits. Not proven where the search had to stop: then the bound is that of the work alone, shared by all
// targets that may work at once.
Findings solve_parallel(const Query& query);

// A lower bound without a search: the work, shared by all targets that may work at once.
double parallel_floor(const Query& query);

}  // namespace tandem::plan
