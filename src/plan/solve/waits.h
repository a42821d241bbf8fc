// Links on which larger transfers wait. Private to plan/solve/.
#pragma once

#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

bool has_waits(const Problem& problem);

// Branch and bound over how long transfers wait. Of a link whose transfers wait between two of its steps, all are
// charged the lower one as part of the round trip, and none may send more than the upper one allows: a problem without
// waits, whose plans cost no more than with them. Where a plan waits longer than it was charged, the range is divided
// there. A share of the latency is limited only where nothing is left to divide: until then, the latency is not known.
//
// With work in parallel nothing is divided, for a link may then carry several transfers: the first problem's bound
// holds, and the plan is proven if it waits nowhere.
Solution solve_with_waits(const Problem& problem, const SolveOptions& options);

}  // namespace tandem::plan
