// Tables of operators, one in each operators_*.cpp, that operators.cpp joins; and functions that these files share.
// Private to train/.
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
  std::size_t inputs = 1;   // required
  std::size_t outputs = 1;  // at most
};
using Kinds = std::map<std::string, Kind>;  // by ONNX operator

Kinds convolution_kinds();
Kinds pooling_kinds();
Kinds normalization_kinds();
Kinds elementwise_kinds();
Kinds shape_kinds();
Kinds reduction_kinds();

at::Tensor optional_input(const Tensors& inputs, std::size_t index);  // undefined when omitted by the node
std::vector<std::int64_t> integers_of(const at::Tensor& tensor);      // of a tensor of any integer type

[[noreturn]] void refuse(const std::string& reason);  // throws Error(Unsupported)

}  // namespace tandem::train
