// Random problems whose tiers have links within them, with identical machines and limits on their number. For tests.
// Private to plan/.
#pragma once

#include <cstddef>
#include <random>

#include "plan/problem/problem.h"

namespace tandem::plan {

// A random_problem() with some copies of its targets, links between the targets of a tier (both ways, one way, or
// some), and, half of the time, a limit on how many of some targets run anything. It has at most `most_decisions` valid
// decisions, and passes check().
Problem random_cluster(std::mt19937& random, std::size_t most_decisions = 2'500);

}  // namespace tandem::plan
