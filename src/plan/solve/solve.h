// The planner: exact answers to a Problem. One table of solvers with one signature; solve() picks the first that fits,
// re-prices what it says by price.h, and refuses to hand on what does not hold.
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
  std::string solver;               // its name, to insist on one; empty: the first that fits
  std::function<bool()> must_stop;  // asked now and then by searches that may take long; empty: never
};

struct Solution {
  std::vector<Plan> plans;  // best first: by cost, then by latency; fewer when there are fewer
  double bound = 0;         // no plan costs less; equal to the best plan's cost (to rounding) unless stopped early
  bool is_proven = true;    // false: the search was stopped, and `bound` is what it had proven by then
  std::string solver;       // which one solved it
  std::size_t steps = 0;    // relaxed problems solved
};

// No plans and is_proven: nothing is feasible (plan/ask/clash.h says why). Throws Error(Unsupported) when the solver
// asked for does not fit the problem, Error(Internal) when an answer fails its check. Pure; the problem must have
// passed check().
Solution solve(const Problem& problem, const SolveOptions& options = {});

// Names in the order in which they are tried.
std::vector<std::string> solver_names();

}  // namespace tandem::plan
