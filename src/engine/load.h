// Reads a file into a Model that knows the type of every tensor. The types come from the engine itself, so a model may
// have a newer opset than our parser knows if the engine takes it.
#pragma once

#include <filesystem>

#include "engine/engine.h"
#include "model/model.h"

namespace tandem::engine {

// Loads the graph, piece by piece where shapes decide shapes (model/shape_folding.h), with every tensor as an output.
// What depends on shapes alone becomes a constant. Where the engine cannot infer a shape that is the same in every run
// (model::Source::fixed_shapes), the whole runs once on made-up inputs. A tensor whose shape depends on values has no
// fixed type: a stage can use it, but it cannot be sent.
model::Model load_model(const std::filesystem::path& path, Engine& engine, const model::ShapeByInput& shapes = {});
model::Model complete(const model::Source& source, Engine& engine);

}  // namespace tandem::engine
