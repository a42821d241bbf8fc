// The planner: exact answers to a Problem. solve() takes the solver of least expected effort, prices its answer by
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
  std::string solver;               // by name; empty: the one of least expected effort
  std::function<bool()> must_stop;  // polled by long searches, which stop when it is true; empty: never
  bool opens = true;                // a search starts from the best plan without limits, native plans and neighbours
};

// The plans from `proven` on are the best that were found by the time that a search was stopped.
struct Solution {
  std::vector<Plan> plans;  // best first: by cost, then by latency; fewer when there are fewer
  double bound = 0;         // no plan costs less; equal to the best plan's cost where that is proven
  double open_bound = 0;    // no plan that is not listed costs less
  bool is_proven = true;    // the best plan is proven, or that there is none
  std::size_t proven = 0;   // the number of plans from the first on that are proven
  std::string solver;       // its name
  std::size_t steps = 0;    // relaxed problems solved

  // The most by which the plan that belongs at this place may cost less, relative to this plan's cost.
  double gap(std::size_t index) const;
};

// Of plans that differ only by an exchange of identical targets of a tier with links within it (equal times, limits and
// links), one is listed. No plans and is_proven: nothing is feasible (plan/ask/clash.h says why). Throws
// Error(Unsupported) when the solver asked for does not fit the problem, Error(Internal) when an answer fails its
// check. Pure; the problem must have passed check().
Solution solve(const Problem& problem, const SolveOptions& options = {});

// Names of all solvers.
std::vector<std::string> solver_names();

}  // namespace tandem::plan
