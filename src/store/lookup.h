// What the store knows of a model on a target: measured where there is a measurement, and otherwise predicted from the
// other models that were measured there. What every command that plans asks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/costs.h"
#include "cost/regression.h"
#include "model/graph.h"
#include "store/store.h"

namespace tandem::store {

// Nothing when neither this model nor any other was measured on the target. Throws base::Error when what is kept does
// not fit the graph.
std::optional<cost::ModelCosts> look_up(const Store& store, const model::Graph& graph, const std::string& model,
                                        const std::string& target);

// The newest examination of any model on a target tells what machine and engine it is.
std::optional<cost::Identity> known_machine(const Store& store, const std::string& target);

// Each kernel of each model on that machine, its time scaled so that a model's kernels add up to the whole's. Models
// whose whole was not timed are left out.
std::vector<cost::KernelSample> kernel_samples(const Store& store, const cost::Identity& machine);

}  // namespace tandem::store
