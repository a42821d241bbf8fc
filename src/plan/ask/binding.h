// Constraints that make the best plan cost more. Asks solve(): as exact as it is; throws Error(DeadlineExceeded) where
// options.must_stop ends a search without an answer; options.count is ignored. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// A constraint without which the best plan would cost less.
struct Binding {
  std::size_t constraint = 0;
  Plan plan;           // the best without this constraint, under all others
  double reaches = 0;  // AtMost only: the metric in that plan, the limit at which it becomes feasible
};
std::vector<Binding> what_binds(const Problem& problem, const Plan& best, const SolveOptions& options = {});

}  // namespace tandem::plan
