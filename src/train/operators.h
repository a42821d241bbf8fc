// ONNX operators as libtorch functions. A node becomes a function once, when its network is made; unsupported nodes are
// refused then. Private to train/.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "model/node.h"

namespace tandem::train {

using Tensors = std::vector<at::Tensor>;  // undefined for an omitted optional input

// What an operator must know beside its inputs.
struct Circumstances {
  bool is_training = false;
  bool may_overwrite = false;      // the first input, which has no later reader
  std::int64_t batch = 1;          // the first dimension of the network's inputs: in this run,
  std::int64_t batch_in_file = 1;  // and in the file
};

// Returns a tensor for each output of the node, as a view of an input where possible. Throws c10::Error or
// Error(InvalidInput) on shapes that do not fit.
using Operator = std::function<Tensors(const Tensors& inputs, const Circumstances& circumstances)>;

// For operators of ONNX's own domain, opset 7 and later. Throws Error(Unsupported) on an operator or attribute value
// that is not implemented, Error(InvalidInput) on a node that violates ONNX; neither message names the node.
Operator make_operator(const model::Node& node, std::int64_t opset);

}  // namespace tandem::train
