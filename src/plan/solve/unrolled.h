// A problem whose tiers have links within them, as one whose links all lead to later tiers, so that a solver need not
// know the targets that a route has visited. Private to plan/solve/.
//
// Its targets are the states of a route: a machine, and how many of each kind of identical machines the route has
// visited in this tier. From a state the route leads on to the next unvisited machine of each kind (Held and Karp 1962,
// "A dynamic programming approach to sequencing problems"; with kinds as in Hu et al. 2022, "PipeEdge", section V).
// Routes that differ only by an exchange of identical machines become one.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

class Unrolled {
 public:
  // Throws Error(Unsupported) where the states would not fit into memory. The problem must outlive this.
  explicit Unrolled(const Problem& problem);
  Unrolled(const Unrolled&) = delete;
  Unrolled& operator=(const Unrolled&) = delete;

  // The problem to be solved: the given one if no link stays in its tier.
  const Problem& problem() const { return machines_.empty() ? given_ : made_; }
  // Of the given problem, from one of the problem to be solved.
  Decision original(Decision decision) const;

 private:
  const Problem& given_;
  Problem made_;
  std::vector<std::size_t> machines_;  // by target of `made_`; empty: the given problem is solved as it is
};

}  // namespace tandem::plan
