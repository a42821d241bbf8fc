// Plans that cut the given order of blocks, by enumeration: the boundaries of every route, with the sums of all
// costs. Exact on a chain, with any limits; on a graph, a start for other searches. Private to plan/solve/.
#pragma once

#include <cstddef>

#include "plan/solve/query.h"

namespace tandem::plan {

// True for a total order of blocks and at most 64 sets of targets that must be used.
bool linear_fits(const Query& query);
// The number of plans to enumerate, where nothing rules any out.
double linear_effort(const Query& query);

// The best plans; for a graph, of those that cut its order.
Findings solve_linear(const Query& query);
// The best of the first `most_steps` plans, native plans first; unproven if there are more. Of a frontier that can be
// encoded in many ways, only the way of least cost.
Findings begin_linear(const Query& query, std::size_t most_steps);

}  // namespace tandem::plan
