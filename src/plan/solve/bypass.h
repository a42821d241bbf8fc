// Plans in which tensors go past targets of their route. Private to plan/solve/.
#pragma once

#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// Whether the problem asks for them, and its links have any.
bool wants_bypass(const Problem& problem);

// `solution`: that of the problem without a bypass. The best plan is proven where the search ends: plans of a relaxed
// problem (bypass_relaxed.h) come best first, and where their blocks run, tensors take their best true ways
// (bypass_ways.h); once the relaxed costs reach that of the best true plan, no other placement is better. Throughput:
// bypass_ideals.h before that. Further plans are those found on the way, not proven.
Solution add_bypass(const Problem& problem, const SolveOptions& options, Solution solution);

}  // namespace tandem::plan
