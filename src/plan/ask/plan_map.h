// The best plan at each bandwidth. Asks solve(): as exact as it is; throws Error(DeadlineExceeded) where
// options.must_stop ends a search without an answer; options.count is ignored. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

struct MapSegment {
  double low_mbps = 0;
  double high_mbps = 0;
  std::optional<Plan> plan;  // priced at the geometric middle; nothing: no plan is feasible
};

// The best plan at each bandwidth of `links` from `low_mbps` to `high_mbps`. With several links (empty: all of the
// problem) the bandwidth is the upload of the first one, and all scale by the same factor, both ways. Segments follow
// each other from the lowest bandwidth on, without gaps. Breakpoints are exact: the cost of a plan is linear in one
// over the bandwidth, so the best plans form the lower envelope of lines (Eisner and Severance 1976).
//
// Throws Error(Unsupported) where costs are not linear: throughput, shares of the latency, a cap on period, exchange or
// energy, a deadline with another objective than latency or accuracy. Throws Error(InvalidInput) for an invalid range
// or link.
std::vector<MapSegment> plan_map(const Problem& problem, const std::vector<std::size_t>& links, double low_mbps,
                                 double high_mbps, const SolveOptions& options = {});

}  // namespace tandem::plan
