#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

constexpr auto kBool = onnx::TensorProto::BOOL;
constexpr auto kDouble = onnx::TensorProto::DOUBLE;
constexpr auto kFloat = onnx::TensorProto::FLOAT;
constexpr auto kHalf = onnx::TensorProto::FLOAT16;
constexpr auto kInt64 = onnx::TensorProto::INT64;
constexpr auto kInt32 = onnx::TensorProto::INT32;
constexpr auto kInt8 = onnx::TensorProto::INT8;
constexpr auto kUInt8 = onnx::TensorProto::UINT8;

Value half_precision(Sketch& net, const Value& x) {
  const Value half = net.op("Relu", {net.op("Mul", {cast(net, x, kHalf), cast(net, net.number(1.5F), kHalf)})});
  return cast(net, net.op("Add", {half, half}), kFloat);
}

Value half_precision_matmul(Sketch& net, const Value& x) {
  const Value weights = cast(net, net.weights({width_of(x), width_of(x)}), kHalf);
  return cast(net, net.op("MatMul", {cast(net, x, kHalf), weights}), kFloat);
}

Value double_precision(Sketch& net, const Value& x) {
  const Value wide = cast(net, x, kDouble);
  return cast(net, net.op("Sqrt", {net.op("Add", {net.op("Mul", {wide, wide}), cast(net, net.number(1), kDouble)})}),
              kFloat);
}

Value whole_numbers(Sketch& net, const Value& x) {
  const Value numbers = cast(net, net.op("Mul", {x, net.number(8)}), kInt32);
  const Value sum = net.op("Add", {numbers, cast(net, net.number(3), kInt32)});
  return net.op("Mul", {cast(net, sum, kFloat), net.number(0.125F)});
}

Value boolean_mask(Sketch& net, const Value& x) {
  const Value mask = net.op("Greater", {x, net.number(0)}, {}, x.shape, kBool);
  const Value rest = net.op("Less", {x, net.number(-0.5F)}, {}, x.shape, kBool);
  return net.op("Mul", {x, cast(net, net.op("Xor", {mask, rest}), kFloat)});
}

Value equal_numbers(Sketch& net, const Value& x) {
  const Value numbers = cast(net, net.op("Mul", {x, net.number(2)}), kInt64);
  const Value is_zero = net.op("Equal", {numbers, net.integer(0)}, {}, x.shape, kBool);
  return net.op("Where", {is_zero, net.number(0.5F), x}, {}, x.shape);
}

std::string one_byte(int value) {
  return std::string(1, static_cast<char>(value));
}

struct Quantization {
  Value scale;
  Value zero;
};

Quantization quantization(Sketch& net, int element) {
  return {net.number(1.0F / 32), net.of_type(element, {}, one_byte(element == kUInt8 ? 128 : 0))};
}

// QuantizeLinear, DequantizeLinear: as quantizers for ONNX write it.
Value there_and_back(Sketch& net, const Value& x, int element) {
  const auto [scale, zero] = quantization(net, element);
  const Value codes = net.op("QuantizeLinear", {x, scale, zero}, {}, x.shape, element);
  return net.op("DequantizeLinear", {codes, scale, zero}, {}, x.shape);
}

Value quantized_matmul(Sketch& net, const Value& x) {
  const Value weights = there_and_back(net, net.weights({width_of(x), width_of(x)}), kInt8);
  const Value product = net.op("MatMul", {there_and_back(net, x, kUInt8), weights}, {}, x.shape);
  return there_and_back(net, product, kUInt8);
}

Value quantized_conv(Sketch& net, const Value& x) {
  const std::int64_t channels = x.shape[1];
  const Value weights = there_and_back(net, net.weights({channels, channels, 3, 3}), kInt8);
  const Value made = net.op("Conv", {there_and_back(net, x, kUInt8), weights}, {{"pads", Ints{1, 1, 1, 1}}}, x.shape);
  return there_and_back(net, net.op("Relu", {made}), kUInt8);
}

Value quantized_add(Sketch& net, const Value& x) {
  const Value codes = there_and_back(net, x, kUInt8);
  return there_and_back(net, net.op("Add", {codes, codes}), kUInt8);
}

Value dynamically_quantized(Sketch& net, const Value& x) {
  const std::int64_t width = width_of(x);
  auto parts = net.outputs_of("DynamicQuantizeLinear", {x}, {}, {x.shape, {}, {}});
  parts[0].element = parts[2].element = kUInt8;
  const std::string bytes(static_cast<std::size_t>(width * width), '\3');
  const Value weights = net.of_type(kInt8, {width, width}, bytes);
  const Value product = net.op("MatMulInteger", {parts[0], weights, parts[2]}, {}, x.shape, kInt32);
  const Value scale = net.op("Mul", {parts[1], net.number(1.0F / 64)}, {}, {});
  return net.op("Mul", {cast(net, product, kFloat), scale});
}

Value quantized_operator(Sketch& net, const Value& x) {
  const std::int64_t width = width_of(x);
  const auto [scale, zero] = quantization(net, kUInt8);
  const Value codes = net.op("QuantizeLinear", {x, scale, zero}, {}, x.shape, kUInt8);
  std::string bytes;
  for (std::int64_t i = 0; i < width * width; ++i) bytes += one_byte(static_cast<int>(100 + i * 7 % 60));
  const Value weights = net.of_type(kUInt8, {width, width}, bytes);
  const Value made = net.op("QLinearMatMul", {codes, scale, zero, weights, scale, zero, scale, zero});
  return net.op("DequantizeLinear", {made, scale, zero}, {}, x.shape);
}

}  // namespace

Value cast(Sketch& net, const Value& x, int element) {
  return net.op("Cast", {x}, {{"to", std::int64_t{element}}}, x.shape, element);
}

const std::vector<Block>& typed_blocks() {
  static const std::vector<Block> blocks = {
      {"half_precision", Form::Any, half_precision},
      {"half_precision_matmul", Form::Any, half_precision_matmul},
      {"double_precision", Form::Any, double_precision},
      {"whole_numbers", Form::Any, whole_numbers},
      {"boolean_mask", Form::Any, boolean_mask},
      {"equal_numbers", Form::Any, equal_numbers, 11},
      {"quantized_matmul", Form::Any, quantized_matmul, 10},
      {"quantized_conv", Form::Picture, quantized_conv, 10},
      {"quantized_add", Form::Any, quantized_add, 10},
      {"dynamically_quantized", Form::Any, dynamically_quantized, 11},
      {"quantized_operator", Form::Any, quantized_operator, 10},
  };
  return blocks;
}

}  // namespace tandem::generated
