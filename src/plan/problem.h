// The question a planner answers: where should the layers of a model run? A chain of blocks, what each costs on each
// target, what each cut between them weighs, and the links. Plain data; made from costs by make_problem.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cost/costs.h"
#include "cost/fleet.h"
#include "model/graph.h"

namespace tandem::plan {

struct ProblemTarget {
  std::string name;
  cost::Tier tier = cost::Tier::Device;
  double stage_overhead_ms = 0;
  std::vector<double> block_ms;  // one per block
};

struct ProblemLink {
  std::size_t from = 0;  // indices of targets
  std::size_t to = 0;
  double round_trip_ms = 0;
  double upload_mbps = 0;
  double download_mbps = 0;
};

struct Problem {
  // Cut i lies before block i: position (layers before it) and bytes of its frontier. One more cut than blocks: the
  // last one is after the last block and weighs nothing.
  std::vector<std::size_t> cut_position;
  std::vector<double> cut_bytes;
  double answer_bytes = 0;
  std::vector<ProblemTarget> targets;  // requests start at the first
  std::vector<ProblemLink> links;      // each to a later tier

  std::size_t block_count() const { return cut_position.empty() ? 0 : cut_position.size() - 1; }
};

// The costs of one model over a fleet: one entry for each target that was profiled (others cannot be used), and the
// links between those. Cuts that would break a kernel on any target are left out, and so are those whose frontier
// cannot be sent. Throws Error(InvalidInput) when costs do not fit the graph, Error(NotFound) when the first target has
// none.
Problem make_problem(const model::Graph& graph, const cost::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links);

}  // namespace tandem::plan
