// How long a network takes on this machine, layer by layer, near enough for plans.
#pragma once

#include <vector>

#include "engine/engine.h"
#include "model/model.h"

namespace tandem::jalad {

// By layer, milliseconds: the parts before each cut between kernels are timed in turn, and what one takes longer than
// the one before it stands at the last of its layers. They add up to the time of the whole. An engine of one thread:
// what others do on the machine is not counted.
std::vector<double> time_layers(const model::Model& model, engine::Engine& engine);

}  // namespace tandem::jalad
