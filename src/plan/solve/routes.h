// Ways through a fleet. Private to plan/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"
#include "plan/solve/tiers.h"

namespace tandem::plan {

// A way through the fleet, and where on it blocks may run.
struct Route {
  std::vector<std::size_t> targets;
  std::vector<std::size_t> links;  // one fewer
  std::vector<char> runs;          // by position: blocks run here (at the first one: may run)
  std::size_t length() const { return targets.size(); }
};

// All ways from the first target over usable links and the targets of some sets, and of each the places between its
// ends that run blocks or only hand on. Left out: those that cannot use what the query needs, or on whose places
// nothing may run.
std::vector<Route> find_routes(const Query& query, const TierSets& sets);

}  // namespace tandem::plan
