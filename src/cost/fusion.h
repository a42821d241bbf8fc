// The layers that an engine runs as one kernel, predicted from the graph alone, for models never measured. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "model/graph.h"

namespace tandem::cost {

// By the rules of ONNX Runtime with all optimizations: a convolution takes the padding before it, and after it a batch
// norm, the sum with a tensor that is there already, and an activation; identities and dropouts vanish. Each layer is
// in exactly one group; a group's layers ascend, groups are in the order of their first layers.
std::vector<std::vector<std::size_t>> expected_kernels(const model::Graph& graph);

// By layer, whether it is the last one of a kernel, so that a cut after it breaks none. Kernels as above.
std::vector<bool> ends_of_kernels(const std::vector<std::vector<std::size_t>>& kernels, std::size_t layer_count);

}  // namespace tandem::cost
