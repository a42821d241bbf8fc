// The memory that an engine takes for a part, as far as it does not ask for it piece by piece: weights, the graph, and
// constants that it computes while it loads. Used by engine and agent. Pure.
#pragma once

#include <cstddef>
#include <optional>

#include "model/part.h"

namespace tandem::model {

// While ONNX Runtime loads the part, at most, beside the weights as given: kLoadedWeights × their bytes (rearranged for
// kernels, and copies in between) and kLoadedGraph × those of the graph (as protobuf, as its own objects, and as it is
// rewritten). Once it is loaded: one copy of the weights, padded by a fourth at most, and the objects. Measured with
// the last 80 layers of ResNet-50, 87 MB of weights: 284 MB and 115 MB, the first run and pages of libraries included.
inline constexpr std::size_t kLoadedWeights = 3;
inline constexpr std::size_t kLoadedGraph = 12;
inline constexpr std::size_t kHeldGraph = 4;
inline constexpr std::size_t kEmptySession = std::size_t{1} << 20;
std::size_t bytes_to_load(const Part& part);
std::size_t bytes_held(const Part& part);

// The nodes of the part that depend on constants only, which engines compute while they load a graph ("constant
// folding"), as a part without inputs. None where there are no such nodes. Throws Error(InvalidInput) on a graph that
// is no ONNX model.
std::optional<Part> constants_of(const Part& part);

}  // namespace tandem::model
