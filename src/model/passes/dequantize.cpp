#include "model/passes/dequantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "model/onnx_contents.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::int64_t kFirstOpset = 10;  // with DequantizeLinear

void check_opset(const onnx::ModelProto& proto) {
  std::int64_t opset = 0;
  for (const auto& import : proto.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
  }
  if (opset >= kFirstOpset) return;
  throw Error(ErrorKind::Unsupported,
              fmt::format("quantized inputs: the model's operators are of set {}, expected {} or "
                          "later, which has DequantizeLinear",
                          opset, kFirstOpset));
}

void check_scale(const Quantization& quantization) {
  if (std::isfinite(quantization.scale) && quantization.scale > 0) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("quantized input '{}': its scale is {}, expected a number above 0",
                                                   quantization.input, quantization.scale));
}

base::NamedType& float_input(Part& part, const std::string& name) {
  const auto input = std::ranges::find(part.inputs, name, &base::NamedType::name);
  if (input == part.inputs.end()) {
    std::vector<std::string> names;
    for (const auto& each : part.inputs) names.push_back(each.name);
    throw Error(ErrorKind::NotFound,
                fmt::format("quantized input '{}': the stage has no such input, expected one of: {}", name,
                            fmt::join(names, ", ")));
  }
  if (input->type.element != base::ElementType::Float32) {
    throw Error(ErrorKind::Unsupported, fmt::format("quantized input '{}': it is {}, expected float32", name,
                                                    base::name_of(input->type.element)));
  }
  return *input;
}

onnx::TensorProto& add_scalar(onnx::GraphProto& graph, const std::string& name, onnx::TensorProto::DataType type) {
  auto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  return tensor;
}

void take_as_codes(onnx::GraphProto& graph, const Quantization& quantization, const std::string& codes) {
  for (auto& value : *graph.mutable_input()) {
    if (value.name() != quantization.input) continue;
    value.set_name(codes);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::UINT8);
  }
}

void add_dequantization(onnx::GraphProto& graph, const Quantization& quantization, const std::string& codes) {
  add_scalar(graph, codes + "_scale", onnx::TensorProto::FLOAT).add_float_data(quantization.scale);
  add_scalar(graph, codes + "_zero", onnx::TensorProto::UINT8).add_int32_data(quantization.zero);
  auto& node = *graph.add_node();
  node.set_op_type("DequantizeLinear");
  node.set_name(codes + "_to_float32");
  for (const auto& input : {codes, codes + "_scale", codes + "_zero"}) node.add_input(input);
  node.add_output(quantization.input);
}

// Codes are not the bytes of pictures.
void forget_pictures(onnx::ModelProto& proto) {
  auto& entries = *proto.mutable_metadata_props();
  const auto is_of_input = [](const auto& entry) { return entry.key() == kInputKey; };
  entries.erase(std::remove_if(entries.begin(), entries.end(), is_of_input), entries.end());
}

// What was added last comes first.
void move_to_front(onnx::GraphProto& graph, std::size_t count) {
  auto& nodes = *graph.mutable_node();
  std::rotate(nodes.pointer_begin(), nodes.pointer_end() - static_cast<std::ptrdiff_t>(count), nodes.pointer_end());
}

}  // namespace

Part with_quantized_inputs(const Part& part, const std::vector<Quantization>& quantizations) {
  onnx::ModelProto proto;
  if (!proto.ParseFromString(part.graph)) throw Error(ErrorKind::InvalidInput, "a part's graph is not an ONNX model");
  check_opset(proto);
  Part made = part;
  for (const auto& quantization : quantizations) {
    check_scale(quantization);
    base::NamedType& input = float_input(made, quantization.input);
    input.name += kQuantizedSuffix;
    input.type.element = base::ElementType::UInt8;
    take_as_codes(*proto.mutable_graph(), quantization, input.name);
    add_dequantization(*proto.mutable_graph(), quantization, input.name);
  }
  forget_pictures(proto);
  move_to_front(*proto.mutable_graph(), quantizations.size());
  made.graph = proto.SerializeAsString();
  return made;
}

Quantization parse_quantization(const std::string& input, std::string_view codec) {
  constexpr std::string_view kScale = "int8 scale=";
  constexpr std::string_view kZero = " zero=";
  Quantization quantization{input, 0, 0};
  const char* const end = codec.data() + codec.size();
  if (codec.starts_with(kScale)) {
    const auto scale = std::from_chars(codec.data() + kScale.size(), end, quantization.scale);
    const std::string_view rest(scale.ptr, static_cast<std::size_t>(end - scale.ptr));
    const bool has_zero = scale.ec == std::errc() && rest.starts_with(kZero);
    if (has_zero) {
      const auto zero = std::from_chars(scale.ptr + kZero.size(), end, quantization.zero);
      if (zero.ec == std::errc() && zero.ptr == end) return quantization;
    }
  }
  throw Error(ErrorKind::InvalidInput, fmt::format("codec '{}' of tensor '{}': expected 'int8 scale=NUMBER zero=0…255'",
                                                   codec.substr(0, 100), input));
}

}  // namespace tandem::model
