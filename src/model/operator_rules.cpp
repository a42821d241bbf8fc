#include "model/operator_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "base/tensor.h"
#include "model/onnx_contents.h"

namespace tandem::model {
namespace {

constexpr std::int64_t kMostRepeats = std::int64_t{1} << 24;
constexpr std::size_t kMostListed = 64;  // elements of a constant that says sizes or axes

std::string shortened(const std::string& name) {
  return name.substr(0, 100);
}

float number_of(const onnx::NodeProto& node, const std::string& name, float otherwise) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return attribute.f();
  }
  return otherwise;
}

// Empty where the node does not read it.
std::string input_of(const onnx::NodeProto& node, int index) {
  return index < node.input_size() ? node.input(index) : std::string();
}

// The elements of a small integer constant; of any other tensor none.
std::vector<std::int64_t> integers_of(const std::string& name, const KnownTensors& known) {
  const auto found = known.constants.find(name);
  if (found == known.constants.end()) return {};
  const bool is_wide = found->second->data_type() == onnx::TensorProto::INT64;
  if (!is_wide && found->second->data_type() != onnx::TensorProto::INT32) return {};
  const base::Shape shape(found->second->dims().begin(), found->second->dims().end());
  if (base::element_count(shape) > kMostListed) return {};
  const base::Tensor tensor = read_tensor(*found->second, "constant '" + shortened(name) + "'");
  if (is_wide) return {tensor.values<std::int64_t>().begin(), tensor.values<std::int64_t>().end()};
  return {tensor.values<std::int32_t>().begin(), tensor.values<std::int32_t>().end()};
}

// ---- the rules

std::string all_inputs_are_named(const onnx::NodeProto& node, const KnownTensors&) {
  for (int i = 0; i < node.input_size(); ++i) {
    if (node.input(i).empty()) return fmt::format("input {} has no name, and none of its inputs may be left out", i);
  }
  return {};
}

// An empty name at the end is no bias to the file, and one to the engine.
std::string bias_is_named(const onnx::NodeProto& node, const KnownTensors&) {
  const bool is_empty = node.input_size() > 2 && node.input(2).empty();
  return is_empty ? "input 2 has no name: leave it out" : "";
}

// The engine reads as many scales as it expects, not as many as there are.
std::string scales_have_one_dimension(const onnx::NodeProto& node, const KnownTensors& known) {
  for (int i = 1; i < node.input_size(); ++i) {
    const auto shape = known.shapes.find(node.input(i));
    if (shape != known.shapes.end() && shape->second.size() != 1)
      return fmt::format("'{}' has {} dimensions, expected 1", shortened(node.input(i)), shape->second.size());
  }
  return {};
}

// With its inputs swapped, a picture stands for the scales.
std::string scales_are_no_picture(const onnx::NodeProto& node, const KnownTensors& known) {
  const std::string scales = input_of(node, 1);
  const bool is_swapped =
      !scales.empty() && known.constants.contains(input_of(node, 0)) && !known.constants.contains(scales);
  if (is_swapped)
    return fmt::format("it scales the constant '{}' by '{}', which is none", shortened(node.input(0)),
                       shortened(scales));
  return scales_have_one_dimension(node, known);
}

std::string range_is_ascending(const onnx::NodeProto& node, const KnownTensors&) {
  const float low = number_of(node, "low", 0);
  const float high = number_of(node, "high", 1);
  if (std::isfinite(low) && std::isfinite(high) && low <= high) return {};
  return fmt::format("low is {} and high {}, expected numbers, the lower one first", low, high);
}

std::string deviation_is_positive(const onnx::NodeProto& node, const KnownTensors&) {
  const float scale = number_of(node, "scale", 1);
  return std::isfinite(scale) && scale > 0 ? "" : fmt::format("scale is {}, expected a number above 0", scale);
}

// Products of sizes beyond it turn negative.
std::string repeats_are_few(const onnx::NodeProto& node, const KnownTensors& known) {
  for (const std::int64_t repeats : integers_of(input_of(node, 1), known)) {
    if (repeats < 0 || repeats > kMostRepeats)
      return fmt::format("it repeats {} times, expected 0 to {}", repeats, kMostRepeats);
  }
  return {};
}

// The engine divides by what follows from it.
std::string frame_length_is_positive(const onnx::NodeProto& node, const KnownTensors& known) {
  const std::string name = input_of(node, 3);
  const auto length = integers_of(name, known);
  if (name.empty() || (!length.empty() && length[0] > 0)) return {};
  return fmt::format("the frame length '{}' is no constant above 0", shortened(name));
}

std::string input_has_elements(const onnx::NodeProto& node, const KnownTensors& known) {
  if (!known.maybe_empty.contains(input_of(node, 0))) return {};
  return fmt::format("'{}' has no elements, as an input of the model has none", shortened(node.input(0)));
}

// Without an axis it takes an empty tensor.
std::string slices_have_elements(const onnx::NodeProto& node, const KnownTensors& known) {
  const bool has_axis = std::ranges::any_of(node.attribute(), [](const auto& each) { return each.name() == "axis"; });
  return has_axis ? input_has_elements(node, known) : "";
}

bool leads_to_empty(const onnx::NodeProto& node, const std::set<std::string>& maybe_empty) {
  const bool reads_values = node.op_type() != "Shape" && node.op_type() != "Size";
  return reads_values &&
         std::ranges::any_of(node.input(), [&](const auto& name) { return maybe_empty.contains(name); });
}

using Rule = std::string (*)(const onnx::NodeProto&, const KnownTensors&);

const std::unordered_map<std::string, Rule>& rules() {
  static const std::unordered_map<std::string, Rule> instance = {
      {"Concat", all_inputs_are_named},
      {"Einsum", all_inputs_are_named},
      {"GRU", input_has_elements},
      {"LSTM", input_has_elements},
      {"LayerNormalization", bias_is_named},
      {"Max", all_inputs_are_named},
      {"Mean", all_inputs_are_named},
      {"Min", all_inputs_are_named},
      {"RNN", input_has_elements},
      {"RandomNormal", deviation_is_positive},
      {"RandomNormalLike", deviation_is_positive},
      {"RandomUniform", range_is_ascending},
      {"RandomUniformLike", range_is_ascending},
      {"Resize", scales_have_one_dimension},
      {"STFT", frame_length_is_positive},
      {"SequenceConstruct", all_inputs_are_named},
      {"Sum", all_inputs_are_named},
      {"Tile", repeats_are_few},
      {"Unique", slices_have_elements},
      {"Upsample", scales_are_no_picture},
  };
  return instance;
}

}  // namespace

void KnownTensors::add(const onnx::GraphProto& graph) {
  for (const auto& input : graph.input()) {
    if (!input.type().tensor_type().has_shape()) continue;
    base::Shape& shape = shapes[input.name()];
    for (const auto& dimension : input.type().tensor_type().shape().dim())
      shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : base::kUnknownDimension);
    if (std::ranges::find(shape, 0) != shape.end()) maybe_empty.insert(input.name());
  }
  for (const auto& weight : graph.initializer()) {
    shapes[weight.name()].assign(weight.dims().begin(), weight.dims().end());
    constants[weight.name()] = &weight;
  }
  for (const auto& node : graph.node()) {
    if (leads_to_empty(node, maybe_empty)) maybe_empty.insert(node.output().begin(), node.output().end());
    if (node.op_type() != "Constant" || node.output_size() != 1 || node.attribute_size() != 1) continue;
    if (node.attribute(0).has_t()) constants[node.output(0)] = &node.attribute(0).t();
  }
}

std::string broken_rule(const onnx::NodeProto& node, const KnownTensors& known) {
  const auto rule = rules().find(node.op_type());
  return rule == rules().end() ? std::string() : rule->second(node, known);
}

}  // namespace tandem::model
