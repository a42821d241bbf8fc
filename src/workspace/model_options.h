// The model of a command, as named by the user, and the engine of this process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/model.h"

namespace tandem::workspace {

struct ModelOptions {
  std::string path;                 // ONNX file
  std::vector<std::string> shapes;  // of inputs with open dimensions: "name=1x3x224x224"
  std::vector<std::string> inputs;  // of InputOptions: values for inputs that have a default (with_given_defaults)
  std::vector<std::string> custom_operators;  // libraries of operators
  int threads = 0;                            // of a run in this process; 0: one per usable processor
};

std::unique_ptr<engine::Engine> make_engine(const ModelOptions& options);
// Throws Error(InvalidInput) on a malformed shape, and as engine::load_model does.
model::Model load_model(const ModelOptions& options, engine::Engine& engine);

}  // namespace tandem::workspace
