// A network with exits as it would be without those before the last.
#pragma once

#include "engine/engine.h"
#include "model/model.h"

namespace tandem::jalad {

// The layers that the last exit needs, with it as the only output; tensors keep their names.
model::Model with_last_exit_only(const model::Model& model, engine::Engine& engine);

}  // namespace tandem::jalad
