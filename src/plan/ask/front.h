// The trade between two objectives. Asks solve(): as exact as it is; throws Error(DeadlineExceeded) where
// options.must_stop ends a search without an answer; options.count is ignored. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

struct FrontPoint {
  Plan plan;  // its `cost` is the first objective's
  double first_cost = 0;
  double second_cost = 0;
};

// The plans that no other beats in both objectives, ordered by the first, one for each pair of costs, under the
// problem's constraints; its own objective is ignored. Epsilon-constraint method (Haimes et al. 1971). Stops at `limit`
// points, counted from the best of the first objective, or of the second if that is a weighted sum. Throws
// Error(Unsupported) when both are weighted sums.
std::vector<FrontPoint> pareto_front(const Problem& problem, const Objective& first, const Objective& second,
                                     const SolveOptions& options = {}, std::size_t limit = 1000);

}  // namespace tandem::plan
