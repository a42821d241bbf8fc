// Periods where tensors may go past targets: the load of a stage is then its own affair. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct BypassIdeals {
  std::optional<Decision> decision;  // still without crossings
  double bound_ms = 0;               // no plan has a shorter period
  std::size_t steps = 0;
};

// The dynamic program of Tarnawski, Phanishayee, Devanur, Mahajan and Paravecino 2020 ("Efficient Algorithms for Device
// Placement of DNN Graph Operators", section 5) over ideals of the graph: a stage is the difference of two. Its load is
// its blocks, decoding of all that it reads and others make, and encoding, once, of all that it makes and others read,
// each in the encoding that is cheapest there; links take no time. So the least period is a bound, and where encodings
// and links leave no choice it is the optimum. Only stages within a threshold are looked at, and only where the blocks
// that are left can be run within it; the threshold grows from a lower bound until a plan is found, or reaches `limit`.
// Limits other than of memory, on blocks and on links are not searched for. Nothing, and a bound of 0: under several
// exits, with segments, or with too many ideals.
BypassIdeals solve_bypass_ideals(const Problem& problem, double limit_ms, const std::function<bool()>& must_stop);

}  // namespace tandem::plan
