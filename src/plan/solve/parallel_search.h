// One search for plans with work in parallel, over given items. Private to plan/solve/.
#pragma once

#include <vector>

#include "plan/solve/parallel_items.h"
#include "plan/solve/parallel_windows.h"
#include "plan/solve/query.h"

namespace tandem::plan {

struct ParallelFound {
  struct Found {
    double cost = kUnlimited;  // without the query's constant
    Decision decision;
  };
  std::vector<Found> plans;  // the best for each target where it may end, below the cutoff; best first
  bool is_complete = true;   // no other plan that keeps to the items costs less than the best of them, or the cutoff
};

// Bellman's recursion over (set of items, target, state of the stage there), sets in the order of their sizes.
ParallelFound search_parallel(const Query& query, const ParallelItems& items, double cutoff, Effort& effort);

}  // namespace tandem::plan
