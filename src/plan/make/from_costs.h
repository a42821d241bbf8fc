// A planning problem from measured costs: a model's exact graph over a fleet. Pure.
#pragma once

#include <string>
#include <vector>

#include "cost/costs.h"
#include "fleet/fleet.h"
#include "model/graph.h"
#include "plan/make/encodings.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The problem of one model over a fleet. `models` has one entry for each target that was profiled (others are left
// out), `links` those between them. A block ends where no target's engine fuses across, and at each of `exits`, the
// names of answers in order; it has the name of its first layer. Tensors between blocks and the model's inputs are sent
// raw or by one of `codecs` (encodings.h). Policies: add_policies. Throws Error(InvalidInput) when costs do not fit the
// graph, Error(NotFound) when the first target has none.
Problem make_problem(const model::Graph& graph, const fleet::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links, const std::vector<std::string>& exits = {},
                     const Codecs& codecs = {});

}  // namespace tandem::plan
