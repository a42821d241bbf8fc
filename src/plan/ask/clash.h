// Why no plan is feasible. Asks solve(): as exact as it is; throws Error(DeadlineExceeded) where options.must_stop ends
// a search without an answer; options.count is ignored. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// A minimal set of constraints that cannot hold together: without any one of them the others of the set are feasible
// (deletion filter: Chinneck and Dravnieks 1991). For each of them, the nearest plan that keeps all other constraints
// of the problem, where one exists.
struct Clash {
  std::vector<std::size_t> constraints;
  struct Way {
    std::size_t constraint = 0;
    Plan plan;          // the best once the constraint is relaxed to `needs`, or dropped if it is no AtMost
    double needs = 0;   // AtMost: the least limit that is feasible; the plan reaches it. For compute, exchange, memory,
                        // shares and the energy of some targets within 1e-6, relative
    double excess = 0;  // relative, see price.h
  };
  std::vector<Way> ways;  // nearest first
  // The blocks that cannot run on some targets, where that is a reason: if every block and codec could run everywhere
  // at no cost, these constraints would not clash.
  struct Inability {
    std::size_t block = 0;
    std::vector<std::size_t> targets;
  };
  std::vector<Inability> unable;
  bool lacks_ability = false;  // the same, of blocks or codecs
};

// No constraints when a plan is feasible, or when none is even without constraints (memory limits of targets, missing
// links).
Clash why_infeasible(const Problem& problem, const SolveOptions& options = {});

}  // namespace tandem::plan
