// A Problem's graph under one exit policy: the blocks that run, their order, and how often they run. Private
// to plan/solve/.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// The blocks that run under a policy. Solvers count them by rank: their place in `order`. Can be moved, not copied.
struct Scenario {
  struct ActiveTensor {
    std::size_t tensor = 0;                // of the problem; kNone: a tie
    std::size_t producer = kNone;          // rank
    std::span<const std::size_t> readers;  // ranks, ascending; at least one
    double plain_bytes = -1;               // of its only encoding, if that costs only its bytes; else below 0

    bool is_plain() const { return plain_bytes >= 0; }
    // Whether this keeps its blocks on one target (Together): like a tensor that cannot be sent.
    bool is_tie() const { return tensor == kNone; }
  };

  Scenario() = default;
  Scenario(Scenario&&) = default;
  Scenario& operator=(Scenario&&) = default;

  std::size_t policy = 0;
  std::vector<std::size_t> order;     // blocks by (phase, index): a topological order
  std::vector<std::size_t> rank_of;   // by block; kNone: it does not run
  std::vector<std::size_t> phase;     // by rank
  std::vector<double> time_reach;     // by phase: its weight in times (quantile or mean)
  std::vector<double> mean_reach;     // by phase: the share of requests that get there
  std::vector<ActiveTensor> tensors;  // those that some rank reads
  double accuracy = 100;
  bool is_total_order = false;  // no other order is possible: every plan cuts at positions in it

  std::size_t size() const { return order.size(); }
  // Whether this is the first rank that only requests past an exit reach.
  bool begins_phase(std::size_t rank) const { return rank > 0 && phase[rank] != phase[rank - 1]; }
  std::size_t phase_count() const { return mean_reach.size(); }

  // Numbers of the active tensors that are made before rank `cut` and read from there on.
  std::span<const std::size_t> frontier(std::size_t cut) const {
    return std::span(frontier_tensors).subspan(frontier_start[cut], frontier_start[cut + 1] - frontier_start[cut]);
  }

  std::vector<std::size_t> all_readers;  // storage of `readers`
  std::vector<std::size_t> frontier_tensors, frontier_start;
};

Scenario make_scenario(const Problem& problem, std::size_t policy);

}  // namespace tandem::plan
