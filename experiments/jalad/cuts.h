// The cuts that codecs are compared at. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/graph.h"

namespace tandem::jalad {

inline constexpr std::size_t kFewestElements = 64;

// By layer, whether an engine finishes a kernel with it (cost/fusion.h).
std::vector<bool> ends_of_kernels(const model::Graph& graph);

// Float32 tensors that cross a cut alone where a kernel ends, in the order of the layers. Left out: the model's inputs
// and what only brings them to other numbers (Cast, and sums and products with constants), tensors of fewer than
// kFewestElements elements, and those that hold the same bytes as an earlier one (what Flatten and its like make).
std::vector<std::string> tensors_to_compare(const model::Graph& graph);

}  // namespace tandem::jalad
