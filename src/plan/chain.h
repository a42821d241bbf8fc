// The chain planner: least latency over all pipelines of a fleet, exactly, by dynamic programming over (cut, target).
#pragma once

#include "plan/plan.h"
#include "plan/problem.h"

namespace tandem::plan {

// The `count` best distinct plans, best first (fewer when there are fewer). Among equals the one with fewer stages,
// then the one that stays on earlier targets. Pure; time grows with blocks × links × count.
std::vector<Plan> solve_chain(const Problem& problem, std::size_t count = 1);

}  // namespace tandem::plan
