// The places where a model cannot be cut, and why. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "model/model.h"

namespace tandem::cli {

// A line for each run of neighbouring places with the same reason; empty where the model can be cut everywhere.
std::string text_of_obstacles(const model::Graph& graph);
base::Json json_of_obstacles(const model::Graph& graph);

}  // namespace tandem::cli
