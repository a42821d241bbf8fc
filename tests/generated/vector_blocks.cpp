#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

constexpr auto kBool = onnx::TensorProto::BOOL;
constexpr auto kInt64 = onnx::TensorProto::INT64;

Value gemm(Sketch& net, const Value& x) {
  return net.op("Relu", {net.op("Gemm", {x, net.weights({8, width_of(x)}), net.weights({8})},
                                {{"transB", std::int64_t{1}}}, {x.shape[0], 8})});
}

Value matmul_add(Sketch& net, const Value& x) {
  return net.op("Tanh", {dense(net, x, 6)});
}

Value activations(Sketch& net, const Value& x) {
  const Value exponential = net.op("Elu", {net.op("Softplus", {x})});
  return net.op("Selu", {net.op("Softsign", {net.op("ThresholdedRelu", {exponential}, {{"alpha", 0.5F}})})});
}

Value trigonometry(Sketch& net, const Value& x) {
  return net.op("Add", {net.op("Sin", {x}), net.op("Mul", {net.op("Cos", {x}), net.op("Atan", {x})})});
}

Value extremes(Sketch& net, const Value& x) {
  const Value most = net.op("Max", {x, net.weights({width_of(x)}), net.op("Neg", {x})});
  return net.op("Min", {most, net.number(0.75F)});
}

Value means_and_sums(Sketch& net, const Value& x) {
  return net.op("Mean", {x, net.op("Sum", {x, x, net.weights({width_of(x)})})});
}

Value unsqueezed(Sketch& net, const Value& x) {
  const Shape tall = {x.shape[0], 1, width_of(x)};
  const Value up = net.with_list("Unsqueeze", x, "axes", {1}, 13, tall);
  return net.with_list("Squeeze", net.op("Exp", {net.op("Neg", {net.op("Abs", {up})})}), "axes", {1}, 13, x.shape);
}

Value reduced(Sketch& net, const Value& x) {
  const Shape column = {x.shape[0], 1};
  const Value sum = net.with_list("ReduceSum", x, "axes", {1}, 13, column);
  const Value most = net.op("ReduceMax", {x}, {{"axes", Ints{1}}}, column);
  const Value square = net.op("ReduceL2", {x}, {{"axes", Ints{1}}}, column);
  return net.op("Div", {net.op("Sub", {x, net.op("Add", {sum, most})}), net.op("Add", {square, net.number(1)})}, {},
                x.shape);
}

Value split_unevenly(Sketch& net, const Value& x) {
  const std::int64_t rest = width_of(x) - 2;
  const std::vector<Shape> shapes = {{x.shape[0], 2}, {x.shape[0], rest}};
  const Ints sizes = {2, rest};
  const auto parts = net.habits.opset < 13
                         ? net.outputs_of("Split", {x}, {{"axis", std::int64_t{1}}, {"split", sizes}}, shapes)
                         : net.outputs_of("Split", {x, net.integers(sizes)}, {{"axis", std::int64_t{1}}}, shapes);
  const Value front = net.op("Sigmoid", {parts[0]});
  return net.op("Concat", {parts[1], front}, {{"axis", std::int64_t{1}}}, x.shape);
}

Value chosen(Sketch& net, const Value& x) {
  const Value is_less = net.op("Less", {x, net.number(0.25F)}, {}, x.shape, kBool);
  return net.op("Where", {is_less, net.op("Mul", {x, x}), net.op("Sqrt", {net.op("Abs", {x})})}, {}, x.shape);
}

Value picked_columns(Sketch& net, const Value& x) {
  return net.op("Gather", {x, net.integers({2, 0, 1, 3})}, {{"axis", std::int64_t{1}}}, {x.shape[0], 4});
}

Value gathered_elements(Sketch& net, const Value& x) {
  const Value order = net.op("ArgMax", {x}, {{"axis", std::int64_t{1}}}, {x.shape[0], 1}, kInt64);
  return net.op("Add", {x, net.op("GatherElements", {x, order}, {{"axis", std::int64_t{1}}}, {x.shape[0], 1})});
}

// Nothing reads the places.
Value largest(Sketch& net, const Value& x) {
  const std::vector<Shape> shapes = {{x.shape[0], 3}, {x.shape[0], 3}};
  const Value top = net.outputs_of("TopK", {x, net.integers({3})}, {{"axis", std::int64_t{1}}}, shapes)[0];
  return net.op("Concat", {top, x}, {{"axis", std::int64_t{1}}}, {x.shape[0], 3 + width_of(x)});
}

Value normalized(Sketch& net, const Value& x) {
  return net.op("LpNormalization", {x}, {{"axis", std::int64_t{1}}});
}

Value batch_norm_of_columns(Sketch& net, const Value& x) {
  const Shape shape = {width_of(x)};
  const std::vector<float> ones(static_cast<std::size_t>(width_of(x)), 1);
  return net.op("BatchNormalization",
                {x, net.weights(shape), net.weights(shape), net.weights(shape), net.numbers(shape, ones)});
}

// A constant that is computed from constants, on both sides of most cuts.
Value folded_constants(Sketch& net, const Value& x) {
  const Value grown = net.op("Exp", {net.weights({width_of(x)})});
  return net.op("Mul", {net.op("Tanh", {net.op("Mul", {x, grown})}), grown});
}

Value rounded(Sketch& net, const Value& x) {
  const Value steps = net.op("Floor", {net.op("Mul", {x, net.number(4)})});
  return net.op("Add", {net.op("Mul", {steps, net.number(0.25F)}), net.op("Sign", {x})});
}

Value expanded(Sketch& net, const Value& x) {
  const Value sizes = net.op("Shape", {x}, {}, {2}, kInt64);
  return net.op("Add", {x, net.op("Expand", {net.weights({width_of(x)}), sizes}, {}, x.shape)});
}

Value filled(Sketch& net, const Value& x) {
  const Value sizes = net.op("Shape", {x}, {}, {2}, kInt64);
  return net.op("Add", {net.op("ConstantOfShape", {sizes}, {}, x.shape), net.op("Relu", {x})});
}

Value scattered(Sketch& net, const Value& x) {
  const Value order = net.op("ArgMin", {x}, {{"axis", std::int64_t{1}}}, {x.shape[0], 1}, kInt64);
  const Value most = net.op("ReduceMean", {x}, {{"axes", Ints{1}}}, {x.shape[0], 1});
  return net.op("ScatterElements", {x, order, most}, {{"axis", std::int64_t{1}}});
}

}  // namespace

std::int64_t width_of(const Value& x) {
  return x.shape.back();
}

Value dense(Sketch& net, const Value& x, std::int64_t width) {
  base::Shape shape = x.shape;
  shape.back() = width;
  const Value product = net.op("MatMul", {x, net.weights({width_of(x), width})}, {}, shape);
  return net.op("Add", {product, net.weights({width})});
}

const std::vector<Block>& vector_blocks() {
  static const std::vector<Block> blocks = {
      {"gemm", Form::Vector, gemm},
      {"matmul_add", Form::Vector, matmul_add},
      {"activations", Form::Any, activations, 10},
      {"trigonometry", Form::Any, trigonometry},
      {"extremes", Form::Any, extremes},
      {"means_and_sums", Form::Any, means_and_sums},
      {"unsqueezed", Form::Vector, unsqueezed},
      {"reduced", Form::Vector, reduced},
      {"split_unevenly", Form::Vector, split_unevenly},
      {"chosen", Form::Any, chosen},
      {"picked_columns", Form::Vector, picked_columns},
      {"gathered_elements", Form::Vector, gathered_elements, 11},
      {"largest", Form::Vector, largest, 10},
      {"normalized", Form::Vector, normalized},
      {"batch_norm_of_columns", Form::Vector, batch_norm_of_columns},
      {"folded_constants", Form::Any, folded_constants},
      {"rounded", Form::Any, rounded},
      {"expanded", Form::Vector, expanded},
      {"filled", Form::Vector, filled},
      {"scattered", Form::Vector, scattered, 11},
  };
  return blocks;
}

}  // namespace tandem::generated
