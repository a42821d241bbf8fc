// For train's own sources: ONNX's operators in libtorch's terms. A node becomes a function once, when its network is
// made; what it asks for and cannot have is refused then.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "model/node.h"

namespace tandem::train {

using Tensors = std::vector<at::Tensor>;  // undefined where a node leaves out an optional one

// What a node cannot see from its inputs.
struct Circumstances {
  bool is_training = false;
  bool may_overwrite = false;      // the first input: nobody reads it afterwards
  std::int64_t batch = 1;          // the first dimension of what goes through the network now,
  std::int64_t batch_in_file = 1;  // and in the file
};

// As many tensors as the node has outputs; views of inputs, where that is enough. Throws c10::Error or
// Error(InvalidInput) on shapes that do not fit.
using Operator = std::function<Tensors(const Tensors& inputs, const Circumstances& circumstances)>;

// Of ONNX's own domain, opset 7 and later. Throws Error(Unsupported) on an operator or a value of an attribute that is
// not there, Error(InvalidInput) on what ONNX does not allow; neither message names the node.
Operator make_operator(const model::Node& node, std::int64_t opset);

}  // namespace tandem::train
