// A model's costs on a target, from the store: measured where it was measured there, otherwise predicted from other
// models that were. Used by every command that plans.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/costs.h"
#include "cost/regression.h"
#include "model/graph.h"
#include "store/store.h"

namespace tandem::store {

// Nothing when neither this model nor any other was measured on the target. Throws base::Error when the measurements do
// not fit the graph.
std::optional<cost::ModelCosts> look_up(const Store& store, const model::Graph& graph, const std::string& model,
                                        const std::string& target);

// The machine and the engine of a target, from the newest examination of any model there; nothing without one.
std::optional<cost::Identity> known_machine(const Store& store, const std::string& target);

// Each kernel of each model on that machine, its time scaled so that a model's kernels add up to the time of the whole.
// Models whose whole was not timed are left out.
std::vector<cost::KernelSample> kernel_samples(const Store& store, const cost::Identity& machine);

}  // namespace tandem::store
