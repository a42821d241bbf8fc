// A planning problem from what was measured: a model's exact graph over a fleet. Pure.
#pragma once

#include <vector>

#include "cost/costs.h"
#include "cost/fleet.h"
#include "model/graph.h"
#include "plan/problem.h"

namespace tandem::plan {

// The costs of one model over a fleet: one entry for each target that was profiled (others cannot be used), and the
// links between those. Blocks are the longest runs of layers that no target's engine fuses across; each is called by
// its first layer. What a block hands on is sent raw. Throws Error(InvalidInput) when costs do not fit the graph,
// Error(NotFound) when the first target has none.
Problem make_problem(const model::Graph& graph, const cost::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links);

}  // namespace tandem::plan
