// Routes through a fleet. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"
#include "plan/solve/tiers.h"

namespace tandem::plan {

// Targets in order, and the positions where blocks run.
struct Route {
  std::vector<std::size_t> targets;
  std::vector<std::size_t> links;  // one fewer
  std::vector<char> runs;          // by position: blocks run here (at the first one: may run)
  bool needs_origin = false;       // blocks run at the first position, too: no other is of a set that must be used
  std::size_t length() const { return targets.size(); }
};

// All routes from the first target over usable links and the targets of these sets, with every choice of relays between
// the ends. Leaves out routes that cannot use a needed set of targets, and routes with a position where blocks should
// run and none may.
std::vector<Route> find_routes(const Query& query, const TierSets& sets);

}  // namespace tandem::plan
