// A planning problem from what was measured: a model's exact graph over a fleet. Pure.
#pragma once

#include <string>
#include <vector>

#include "cost/costs.h"
#include "fleet/fleet.h"
#include "model/graph.h"
#include "plan/make/encodings.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The costs of one model over a fleet: one entry for each target that was profiled (others cannot be used), and the
// links between those. Blocks are the longest runs of layers that no target's engine fuses across; each is called by
// its first layer. What a block hands on, and what requests bring, is sent raw or by one of `codecs` (encodings.h).
// Throws Error(InvalidInput) when costs do not fit the graph, Error(NotFound) when the first target has none.
// Each of `exits`, names of answers in order, ends a block; policies are for add_policies.
Problem make_problem(const model::Graph& graph, const fleet::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links, const std::vector<std::string>& exits = {},
                     const Codecs& codecs = {});

}  // namespace tandem::plan
