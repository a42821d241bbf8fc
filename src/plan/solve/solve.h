// The planner: exact answers to a Problem. solve() takes the first solver of a table that fits, prices its answer by
// price.h, and throws on an answer that does not hold. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct SolveOptions {
  std::size_t count = 1;            // how many distinct plans, best first
  std::string solver;               // by name; empty: the first that fits
  std::function<bool()> must_stop;  // polled by long searches, which stop when it is true; empty: never
};

struct Solution {
  std::vector<Plan> plans;  // best first: by cost, then by latency; fewer when there are fewer
  double bound = 0;         // no plan costs less; equal to the best plan's cost (to rounding) unless stopped early
  bool is_proven = true;    // false: the search was stopped; `bound` is the one proven by then
  std::string solver;       // its name
  std::size_t steps = 0;    // relaxed problems solved
};

// No plans and is_proven: nothing is feasible (plan/ask/clash.h says why). Throws Error(Unsupported) when the solver
// asked for does not fit the problem, Error(Internal) when an answer fails its check. Pure; the problem must have
// passed check().
Solution solve(const Problem& problem, const SolveOptions& options = {});

// Names in the order in which they are tried.
std::vector<std::string> solver_names();

}  // namespace tandem::plan
