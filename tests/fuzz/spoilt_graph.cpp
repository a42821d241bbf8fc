#include "fuzz/spoilt_graph.h"

#include <fmt/format.h>

#include "fuzz/spoilt_values.h"

namespace tandem::fuzz {
namespace {

std::vector<std::string> names_of(const onnx::GraphProto& graph) {
  std::vector<std::string> names = {""};
  for (const auto& input : graph.input()) names.push_back(input.name());
  for (const auto& initializer : graph.initializer()) names.push_back(initializer.name());
  for (const auto& node : graph.node()) names.insert(names.end(), node.output().begin(), node.output().end());
  return names;
}

std::size_t elements_of(const onnx::TypeProto_Tensor& type) {
  std::size_t count = 1;
  for (const auto& dimension : type.shape().dim()) {
    if (dimension.dim_value() < 0 || dimension.dim_value() > 64) return 0;
    count *= static_cast<std::size_t>(dimension.dim_value());
  }
  return count > 64 ? 0 : count;
}

}  // namespace

std::string title_of(const onnx::NodeProto& node) {
  return fmt::format("{} '{}'", node.op_type(), node.output_size() > 0 ? node.output(0) : node.name());
}

std::string change_input(onnx::GraphProto& graph, onnx::NodeProto& node, Random& random) {
  const auto names = names_of(graph);
  const std::string& name = names[below(random, names.size())];
  if (node.input_size() == 0 || below(random, 4) == 0) {
    node.add_input(name);
    return fmt::format("{} reads '{}' too", title_of(node), name);
  }
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(node.input_size())));
  node.set_input(at, name);
  return fmt::format("{} reads '{}' as input {}", title_of(node), name, at);
}

std::string drop_last(onnx::NodeProto& node, bool is_input) {
  auto& list = is_input ? *node.mutable_input() : *node.mutable_output();
  if (list.empty()) return title_of(node) + " stays";
  list.RemoveLast();
  return fmt::format("{} has an {} less", title_of(node), is_input ? "input" : "output");
}

std::string swap_inputs(onnx::NodeProto& node, Random& random) {
  const auto count = static_cast<std::size_t>(node.input_size());
  if (count < 2) return title_of(node) + " stays";
  node.mutable_input()->SwapElements(0, static_cast<int>(1 + below(random, count - 1)));
  return title_of(node) + " has inputs swapped";
}

std::string repeat_node(onnx::GraphProto& graph, const onnx::NodeProto& node) {
  const onnx::NodeProto copy = node;
  auto& added = *graph.add_node();
  added = copy;
  for (auto& output : *added.mutable_output()) output += "_again";
  if (added.input_size() > 0 && added.output_size() > 0)
    added.set_input(0, copy.output_size() > 0 ? copy.output(0) : "");
  auto& output = *graph.add_output();
  output.set_name(added.output_size() > 0 ? added.output(0) : "");
  return title_of(copy) + " is repeated behind itself";
}

std::string change_input_type(onnx::ValueInfoProto& input, Random& random) {
  auto& type = *input.mutable_type()->mutable_tensor_type();
  if (below(random, 4) == 0) {
    type.set_elem_type(static_cast<std::int32_t>(below(random, 17)));
    return fmt::format("input '{}' is of type {}", input.name(), type.elem_type());
  }
  auto& shape = *type.mutable_shape();
  if (shape.dim_size() == 0 || below(random, 4) == 0) {
    shape.add_dim()->set_dim_value(static_cast<std::int64_t>(below(random, 3)));
    return fmt::format("input '{}' has a dimension more", input.name());
  }
  if (below(random, 4) == 0) {
    shape.mutable_dim()->RemoveLast();
    return fmt::format("input '{}' has a dimension less", input.name());
  }
  const std::int64_t size = static_cast<std::int64_t>(below(random, 20));
  some_of(*shape.mutable_dim(), random).set_dim_value(size);
  return fmt::format("input '{}' has a dimension of {}", input.name(), size);
}

// Sizes, axes and pads are inputs in ONNX's own models, and constants in those of exporters.
std::string fix_input(onnx::GraphProto& graph, Random& random) {
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(graph.input_size())));
  const onnx::ValueInfoProto input = graph.input(at);
  const auto& type = input.type().tensor_type();
  const std::size_t count = elements_of(type);
  const bool is_integer = type.elem_type() == onnx::TensorProto::INT64;
  if (count == 0 || (!is_integer && type.elem_type() != onnx::TensorProto::FLOAT)) return "no input is fixed";
  auto& tensor = *graph.add_initializer();
  tensor.set_name(input.name());
  tensor.set_data_type(type.elem_type());
  for (const auto& dimension : type.shape().dim()) tensor.add_dims(dimension.dim_value());
  std::string values;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_integer) {
      tensor.add_int64_data(below(random, 3) == 0 ? spoilt(std::int64_t{1}, random) : std::int64_t(below(random, 4)));
      values += fmt::format(" {}", tensor.int64_data(static_cast<int>(i)));
    } else {
      tensor.add_float_data(below(random, 3) == 0 ? spoilt(1.0F, random) : static_cast<float>(below(random, 4)));
      values += fmt::format(" {}", tensor.float_data(static_cast<int>(i)));
    }
  }
  return fmt::format("input '{}' is fixed:{}", input.name(), values);
}

}  // namespace tandem::fuzz
