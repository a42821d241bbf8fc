// The one order of a model's layers in which cuts are counted. Pure. Private to model/.
#pragma once

#include <cstddef>
#include <vector>

#include "model/depth.h"

namespace tandem::model {

// A topological order that keeps frontiers small: layers that lead only to less deep answers (the heads of exits)
// first, then whichever ready layer leaves the fewest bytes live, then the given order. So the deepest answer is made
// last, whatever the order of `answers`. `layers` are in a topological order; `tensor_bytes` by tensor number; tensors
// that no layer writes are given from the start.
std::vector<std::size_t> order_layers(const std::vector<OrderedLayer>& layers,
                                      const std::vector<std::size_t>& tensor_bytes,
                                      const std::vector<std::size_t>& answers);

}  // namespace tandem::model
