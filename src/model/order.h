// The one order of a model's layers in which cuts are counted. Pure. Private to model/.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::model {

// A layer as the order sees it: the tensors that it waits for and makes.
struct OrderedLayer {
  std::vector<std::size_t> reads;  // tensor numbers
  std::vector<std::size_t> writes;
  std::size_t last_answer = 0;  // the highest number among the model outputs that depend on it
};

// A topological order that keeps frontiers small: layers that lead only to earlier answers (the heads of exits) first,
// then whichever ready layer leaves the fewest bytes live, then the given order. `tensor_bytes` by tensor number;
// tensors that no layer writes are given from the start. The input must be free of cycles.
std::vector<std::size_t> order_layers(const std::vector<OrderedLayer>& layers,
                                      const std::vector<std::size_t>& tensor_bytes);

}  // namespace tandem::model
