// Any graph, any limit: best-first branch and bound over routes, positions and encodings. A node of the search is
// bounded by one minimum cut (lay.h), with Lagrange multipliers for limits, memory and periods, which are not sums
// (Geoffrion 1974). Without such limits the first cut of each route is already exact, and nothing branches. Private to
// plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// True for every query.
bool cut_fits(const Query& query);
Findings solve_cut(const Query& query);

}  // namespace tandem::plan
