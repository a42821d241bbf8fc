// Better plans near given ones. Private to plan/solve/.
#pragma once

#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

// For each decision that has a better neighbour within the query's limits, the best that a descent reaches.
std::vector<Decision> improved(const Query& query, const std::vector<Decision>& decisions);

}  // namespace tandem::plan
