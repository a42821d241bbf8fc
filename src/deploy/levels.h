// The layers of a stage by the exits that need them: a request that stops runs nothing of a later level, wherever the
// order of layers has it. Private to deploy/. Pure: any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/graph.h"
#include "plan/problem/plan.h"

namespace tandem::deploy {

// The layer that makes an exit. Throws Error(InvalidInput) where it is no output of the model.
std::size_t layer_of_exit(const model::Graph& graph, const std::string& name);

// The shares of a stage (plan::shares_of) in the order in which they run. Without steps, a share ends at each exit of
// the plan that the stage makes, with all layers of the stage that this exit needs and no earlier one did; the last one
// has the rest.
std::vector<plan::Share> shares_in_order(const model::Graph& graph, const plan::Plan& plan, const plan::Stage& stage);

}  // namespace tandem::deploy
