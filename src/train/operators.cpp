#include "train/operators.h"

#include <fmt/format.h>

#include "base/error.h"
#include "train/kinds.h"

namespace tandem::train {

using base::Error;
using base::ErrorKind;

namespace {

constexpr std::int64_t kOldestOpset = 7;  // the first with today's broadcasting

Kinds all_kinds() {
  Kinds all;
  for (const auto& table :
       {convolution_kinds, pooling_kinds, normalization_kinds, elementwise_kinds, shape_kinds, reduction_kinds}) {
    all.merge(table());
  }
  return all;
}

void check_counts(const model::Node& node, const Kind& kind) {
  for (std::size_t i = 0; i < kind.inputs; ++i) {
    if (i < node.inputs.size() && !node.inputs[i].empty()) continue;
    throw Error(ErrorKind::InvalidInput, fmt::format("input {} is missing, expected {}", i, kind.inputs));
  }
  for (std::size_t i = kind.outputs; i < node.outputs.size(); ++i) {
    if (!node.outputs[i].empty())
      refuse(fmt::format("output '{}' is not supported, only the first one is", node.outputs[i]));
  }
}

}  // namespace

Operator make_operator(const model::Node& node, std::int64_t opset) {
  static const Kinds kinds = all_kinds();
  const auto kind = node.domain.empty() ? kinds.find(node.op_type) : kinds.end();
  if (kind == kinds.end()) refuse("cannot be trained");
  if (opset < kOldestOpset) refuse(fmt::format("cannot be trained, expected opset {} or later", kOldestOpset));
  check_counts(node, kind->second);
  return kind->second.make(node, opset);
}

at::Tensor optional_input(const Tensors& inputs, std::size_t index) {
  return index < inputs.size() ? inputs[index] : at::Tensor();
}

std::vector<std::int64_t> integers_of(const at::Tensor& tensor) {
  const auto wide = tensor.to(at::kLong).contiguous();
  const auto* first = wide.data_ptr<std::int64_t>();
  return {first, first + wide.numel()};
}

void refuse(const std::string& reason) {
  throw Error(ErrorKind::Unsupported, reason);
}

}  // namespace tandem::train
