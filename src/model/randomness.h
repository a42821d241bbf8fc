// Models whose answers differ from run to run. Used by engine/noise. Pure; thread-safe.
#pragma once

#include "model/part.h"

namespace tandem::model {

// Whether a node, at any depth, draws random numbers. Throws Error(InvalidInput) when the graph is not an ONNX model.
bool draws_numbers(const Part& part);

}  // namespace tandem::model
