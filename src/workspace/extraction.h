// A stage of a model as a part of its own, on request with 8-bit integer inputs: the work of `tandem extract`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/model.h"
#include "model/part.h"

namespace tandem::workspace {

struct ExtractionOptions {
  std::size_t first = 0;  // layers, both included
  std::size_t last = 0;
  bool quantizes_inputs = false;           // every float32 input, by the newest scale in the store
  std::vector<std::string> quantizations;  // of these inputs: "TENSOR=SCALE,ZERO"
  std::string store;                       // as Options::store; opened only where a scale is looked up
};

// Throws Error(NotFound) when the store has no scale for an input, Error(InvalidInput) on malformed text, and as
// model::Model::extract and model::with_quantized_inputs do.
model::Part extract_stage(const model::Model& model, const ExtractionOptions& options);

}  // namespace tandem::workspace
