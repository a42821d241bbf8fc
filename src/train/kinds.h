// For train's own sources: the tables that operators.cpp puts together, one from each operators_*.cpp, and what those
// share.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "train/operators.h"

namespace tandem::train {

struct Kind {
  std::function<Operator(const model::Node& node, std::int64_t opset)> make;
  std::size_t inputs = 1;   // that a node cannot do without
  std::size_t outputs = 1;  // that it may have
};
using Kinds = std::map<std::string, Kind>;  // by ONNX's name

Kinds convolution_kinds();
Kinds pooling_kinds();
Kinds normalization_kinds();
Kinds elementwise_kinds();
Kinds shape_kinds();
Kinds reduction_kinds();

at::Tensor optional_input(const Tensors& inputs, std::size_t index);  // undefined where the node leaves it out
std::vector<std::int64_t> integers_of(const at::Tensor& tensor);      // of any integer type

[[noreturn]] void refuse(const std::string& reason);  // Error(Unsupported)

}  // namespace tandem::train
