#include "kernel_patterns.h"

#include <cmath>

namespace tandem {
namespace {

using base::ElementType;
using Ints = std::vector<std::int64_t>;
using Net = PatternBuilder;

constexpr std::int64_t kInt8 = 3;
constexpr std::int64_t kFloat = 1;
constexpr std::int64_t kHalf = 10;
constexpr std::int64_t kDouble = 11;

model::Attribute axis(std::int64_t value) {
  return {"axis", value};
}

std::string picture(Net& net) {
  return net.input({1, net.channels, 24, 24});
}

std::string words(Net& net) {
  return net.input({1, 24, 64});
}

// ---- convolutions

std::string conv_batch_norm_relu(Net& net) {
  std::string x = picture(net);
  for (int i = 0; i < 3; ++i) {
    const std::string conv = net.convolution(x, net.channels, net.channels);
    const Ints width{net.channels};
    const std::string norm =
        net.op("BatchNormalization", {conv, net.weight(width), net.weight(width), net.weight(width),
                                      net.numbers(width, std::vector<float>(net.channels, 1))});
    x = net.op("Relu", {norm});
  }
  return x;
}

std::string residual(Net& net) {
  std::string x = net.op("Relu", {net.convolution(picture(net), net.channels, net.channels)});
  for (int i = 0; i < 2; ++i) {
    const std::string inner = net.op("Relu", {net.convolution(x, net.channels, net.channels)});
    const std::string outer = net.convolution(inner, net.channels, net.channels);
    x = net.op("Relu", {net.op("Add", {outer, x})});
  }
  return x;
}

std::string conv_scale_clip(Net& net) {
  const std::string conv = net.convolution(picture(net), net.channels, net.channels);
  const std::string scaled = net.op("Mul", {conv, net.weight({1, net.channels, 1, 1})});
  const std::string shifted = net.op("Add", {scaled, net.weight({1, net.channels, 1, 1})});
  return net.op("Clip", {shifted, net.scalar(0), net.scalar(6)});
}

std::string padded_conv(Net& net) {
  const std::string pads = net.integers({0, 0, 2, 2, 0, 0, 2, 2});
  const std::string padded = net.op("Pad", {picture(net), pads});
  return net.op("HardSigmoid", {net.op("Conv", {padded, net.weight({net.channels, net.channels, 5, 5})})});
}

std::string depthwise(Net& net) {
  const std::string wide = net.op("Conv", {picture(net), net.weight({net.channels, 1, 3, 3})},
                                  {{"group", net.channels}, {"pads", Ints{1, 1, 1, 1}}});
  return net.convolution(net.op("LeakyRelu", {wide}), net.channels, net.channels);
}

std::string swish(Net& net) {
  std::string x = picture(net);
  for (int i = 0; i < 2; ++i) {
    const std::string conv = net.convolution(x, net.channels, net.channels);
    x = net.op("Mul", {conv, net.op("Sigmoid", {conv})});
  }
  return x;
}

std::string classifier(Net& net) {
  const std::string first = net.op("Relu", {net.convolution(picture(net), net.channels, net.channels)});
  const std::string pooled = net.op("MaxPool", {first}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  const std::string second = net.op("Relu", {net.convolution(pooled, net.channels, net.channels)});
  const std::string flat = net.op("Flatten", {net.op("GlobalAveragePool", {second})});
  const std::string logits = net.op("Gemm", {flat, net.weight({net.channels, 10}), net.weight({10})});
  return net.op("Softmax", {logits}, {axis(1)});
}

std::string branches(Net& net) {
  const std::string stem = net.convolution(picture(net), net.channels, net.channels);
  const std::string left = net.op("Relu", {stem});
  const std::string right = net.op("Relu", {stem});  // the same
  const std::string joined = net.op(
      "Concat",
      {net.convolution(left, net.channels, net.channels), net.convolution(right, net.channels, net.channels), right},
      {axis(1)});
  return net.op("Relu", {net.convolution(joined, 3 * net.channels, net.channels)});
}

std::string squeeze_and_excite(Net& net) {
  const std::string conv = net.op("Relu", {net.convolution(picture(net), net.channels, net.channels)});
  const std::string mean = net.op("GlobalAveragePool", {conv});
  const std::string gate = net.op("Sigmoid", {net.convolution(mean, net.channels, net.channels)});
  return net.convolution(net.op("Mul", {conv, gate}), net.channels, net.channels);
}

std::string upsampling(Net& net) {
  const std::string up = net.op("ConvTranspose", {picture(net), net.weight({net.channels, net.channels, 2, 2})},
                                {{"strides", Ints{2, 2}}});
  const std::string larger =
      net.op("Resize", {net.op("Relu", {up}), "", net.numbers({4}, {1, 1, 2, 2})}, {{"mode", std::string("nearest")}});
  return net.convolution(larger, net.channels, net.channels);
}

// As exporters from channels-last frameworks write it.
std::string channels_last(Net& net) {
  const std::string x = net.input({1, 24, 24, net.channels});
  const std::string first = net.op("Transpose", {x}, {{"perm", Ints{0, 3, 1, 2}}});
  const std::string conv = net.convolution(first, net.channels, net.channels);
  const std::string back = net.op("Transpose", {conv}, {{"perm", Ints{0, 2, 3, 1}}});
  const std::string biased = net.op("Relu", {net.op("Add", {back, net.weight({net.channels})})});
  const std::string again = net.op("Transpose", {biased}, {{"perm", Ints{0, 3, 1, 2}}});
  return net.op("Transpose", {net.convolution(again, net.channels, net.channels)}, {{"perm", Ints{0, 2, 3, 1}}});
}

// ---- matrices

std::string matmul_add(Net& net) {
  std::string x = net.input({8, 64});
  for (int i = 0; i < 3; ++i)
    x = net.op("Relu", {net.op("Add", {net.op("MatMul", {x, net.weight({64, 64})}), net.weight({64})})});
  return x;
}

std::string matmul_add_of_words(Net& net) {
  std::string x = words(net);
  for (int i = 0; i < 3; ++i) x = net.op("Add", {net.op("MatMul", {x, net.weight({64, 64})}), net.weight({64})});
  return x;
}

std::string gemm_activations(Net& net) {
  std::string x = net.input({8, 64});
  for (const char* const activation : {"Relu", "Sigmoid", "Tanh", "LeakyRelu"})
    x = net.op(activation, {net.op("Gemm", {x, net.weight({64, 64}), net.weight({64})})});
  return x;
}

std::string transposed_matmul(Net& net) {
  const std::string x = words(net);
  const std::string turned = net.op("Transpose", {x}, {{"perm", Ints{0, 2, 1}}});
  const std::string scores = net.op("MatMul", {x, turned});
  return net.op("MatMul", {net.op("Div", {scores, net.scalar(8)}), net.op("Mul", {x, net.scalar(0.5F)})});
}

std::string attention(Net& net) {
  const std::string x = net.layer_norm(words(net), 64);
  const auto heads = [&](const Ints& order) {
    const std::string made = net.op("Add", {net.op("MatMul", {x, net.weight({64, 64})}), net.weight({64})});
    return net.op("Transpose", {net.op("Reshape", {made, net.integers({1, 24, 4, 16})})}, {{"perm", order}});
  };
  const std::string query = heads({0, 2, 1, 3});
  const std::string key = heads({0, 2, 3, 1});
  const std::string value = heads({0, 2, 1, 3});
  const std::string scores = net.op("Div", {net.op("MatMul", {query, key}), net.scalar(4)});
  const std::string weights = net.op("Softmax", {net.op("Add", {scores, net.weight({1, 1, 24, 24})})}, {axis(3)});
  const std::string mixed = net.op("Transpose", {net.op("MatMul", {weights, value})}, {{"perm", Ints{0, 2, 1, 3}}});
  const std::string merged = net.op("Reshape", {mixed, net.integers({1, 24, 64})});
  const std::string out = net.op("Add", {net.op("MatMul", {merged, net.weight({64, 64})}), net.weight({64})});
  return net.layer_norm(net.op("Add", {out, x}), 64);
}

// ---- normalisations and activations, written out

std::string layer_norms(Net& net) {
  const std::string first = net.layer_norm(words(net), 64);
  return net.layer_norm(net.op("MatMul", {first, net.weight({64, 64})}), 64);
}

std::string skip_layer_norm(Net& net) {
  const std::string x = words(net);
  const std::string inner = net.op("Add", {net.op("MatMul", {x, net.weight({64, 64})}), net.weight({64})});
  return net.op("MatMul", {net.layer_norm(net.op("Add", {inner, x}), 64), net.weight({64, 64})});
}

std::string root_mean_square_norm(Net& net) {
  const std::string x = words(net);
  const std::string square = net.op("ReduceMean", {net.op("Pow", {x, net.scalar(2)})}, {{"axes", Ints{-1}}});
  const std::string root = net.op("Sqrt", {net.op("Add", {square, net.scalar(1e-5F)})});
  const std::string normal = net.op("Mul", {net.op("Div", {x, root}), net.weight({64})});
  return net.op("MatMul", {normal, net.weight({64, 64})});
}

std::string gelu_of(Net& net, const std::string& x) {
  const std::string erf = net.op("Erf", {net.op("Div", {x, net.scalar(std::sqrt(2.0F))})});
  const std::string product = net.op("Mul", {x, net.op("Add", {erf, net.scalar(1)})});
  return net.op("Mul", {product, net.scalar(0.5F)});
}

std::string gelu(Net& net) {
  return net.op("MatMul", {gelu_of(net, net.op("MatMul", {words(net), net.weight({64, 64})})), net.weight({64, 64})});
}

std::string bias_gelu(Net& net) {
  const std::string biased = net.op("Add", {net.op("MatMul", {words(net), net.weight({64, 64})}), net.weight({64})});
  return net.op("MatMul", {gelu_of(net, biased), net.weight({64, 64})});
}

std::string fast_gelu(Net& net) {
  const std::string x = net.op("MatMul", {words(net), net.weight({64, 64})});
  const std::string cube = net.op("Mul", {net.op("Pow", {x, net.scalar(3)}), net.scalar(0.044715F)});
  const std::string inner = net.op("Mul", {net.op("Add", {x, cube}), net.scalar(std::sqrt(2 / 3.14159265F))});
  const std::string tanh = net.op("Add", {net.op("Tanh", {inner}), net.scalar(1)});
  return net.op("Mul", {net.op("Mul", {x, net.scalar(0.5F)}), tanh});
}

std::string quick_gelu(Net& net) {
  const std::string x = net.op("MatMul", {words(net), net.weight({64, 64})});
  return net.op("Mul", {x, net.op("Sigmoid", {net.op("Mul", {x, net.scalar(1.702F)})})});
}

std::string newer_operators(Net& net) {
  const std::string norm = net.op("LayerNormalization", {words(net), net.weight({64}), net.weight({64})});
  const std::string made = net.op("Gelu", {net.op("MatMul", {norm, net.weight({64, 64})})});
  return net.op("HardSwish", {net.op("Add", {made, net.weight({64})})});
}

std::string biased_softmax(Net& net) {
  const std::string scores = net.op("MatMul", {words(net), net.weight({64, 24})});
  const std::string masked = net.op("Where", {net.op("Greater", {scores, net.scalar(0)}), scores, net.scalar(-1e4F)});
  return net.op("Softmax", {net.op("Add", {masked, net.weight({1, 24, 24})})}, {axis(2)});
}

// ---- shapes, types, layers that vanish

std::string reshapes(Net& net) {
  const std::string flat = net.op("Reshape", {words(net), net.integers({24, 64})});
  const std::string wide = net.op(
      "Unsqueeze",
      {net.op("Squeeze", {net.op("Unsqueeze", {flat, net.integers({0})}), net.integers({0})}), net.integers({0})});
  const std::string back = net.op("Reshape", {net.op("Reshape", {wide, net.integers({-1})}), net.integers({24, 64})});
  return net.op("Reshape", {net.op("MatMul", {back, net.weight({64, 64})}), net.integers({1, 24, 64})});
}

std::string layers_that_vanish(Net& net) {
  const std::string x = net.op("Dropout", {net.op("Identity", {words(net)})});
  const std::string made = net.op("MatMul", {net.op("Mul", {x, net.scalar(1)}), net.weight({64, 64})});
  const std::string same = net.op("Expand", {net.op("Add", {made, net.scalar(0)}), net.integers({1, 24, 64})});
  return net.op("Identity", {net.op("Relu", {net.op("Relu", {same})})});
}

std::string casts(Net& net) {
  const std::string x = net.op("MatMul", {words(net), net.weight({64, 64})});
  const std::string wide = net.op("Cast", {net.op("Cast", {x}, {{"to", kDouble}})}, {{"to", kFloat}});
  const std::string narrow = net.op("Cast", {wide}, {{"to", kHalf}});
  const std::string inner = net.op("Tanh", {net.op("Relu", {narrow})});
  return net.op("MatMul", {net.op("Cast", {inner}, {{"to", kFloat}}), net.weight({64, 64})});
}

std::string embedding(Net& net) {
  const std::string ids = net.input({1, 24}, ElementType::Int64);
  const std::string word = net.op("Gather", {net.weight({2, 64}), ids});
  return net.layer_norm(net.op("Add", {word, net.weight({1, 24, 64})}), 64);
}

std::string recurrent(Net& net) {
  const std::string x = net.op("Transpose", {words(net)}, {{"perm", Ints{1, 0, 2}}});
  const std::string y = net.op("LSTM", {x, net.weight({1, 64, 64}), net.weight({1, 64, 16}), net.weight({1, 128})},
                               {{"hidden_size", std::int64_t{16}}});
  return net.op("MatMul", {net.op("Squeeze", {y, net.integers({1})}), net.weight({16, 8})});
}

// ---- quantized

std::string quantized_conv(Net& net) {
  std::string x = net.quantized(picture(net));
  for (int i = 0; i < 2; ++i)
    x = net.quantized(
        net.op("Relu", {net.op("Conv", {x, net.quantized(net.weight({net.channels, net.channels, 3, 3}))})}));
  return x;
}

std::string quantized_matmul(Net& net) {
  const std::string x = net.quantized(words(net));
  const std::string product = net.quantized(net.op("MatMul", {x, net.quantized(net.weight({64, 64}))}));
  return net.quantized(net.op("Add", {product, x}));
}

std::string half_precision(Net& net) {
  std::string x = net.op("Cast", {words(net)}, {{"to", kHalf}});
  for (int i = 0; i < 2; ++i) {
    const std::string weight = net.op("Cast", {net.weight({64, 64})}, {{"to", kHalf}});
    x = net.op("Relu", {net.op("MatMul", {x, weight})});
  }
  return net.op("Cast", {x}, {{"to", kFloat}});
}

}  // namespace

std::string PatternBuilder::input(const base::Shape& shape, base::ElementType element) {
  return builder_.input("x", {element, shape});
}

std::string PatternBuilder::weight(const base::Shape& shape) {
  std::vector<float> values(base::element_count(shape));
  for (float& value : values) value = static_cast<float>(random_() >> 8) * 0x1p-26F;
  return numbers(shape, values);
}

std::string PatternBuilder::numbers(const base::Shape& shape, const std::vector<float>& values) {
  return builder_.weight(next_name(), base::Tensor::of<float>({base::ElementType::Float32, shape}, values));
}

std::string PatternBuilder::integers(const std::vector<std::int64_t>& values) {
  const base::TensorType type{base::ElementType::Int64, {static_cast<std::int64_t>(values.size())}};
  return builder_.weight(next_name(), base::Tensor::of<std::int64_t>(type, values));
}

std::string PatternBuilder::op(const std::string& op_type, const std::vector<std::string>& inputs,
                               const std::vector<model::Attribute>& attributes) {
  return builder_.node(op_type, inputs, attributes, next_name());
}

std::string PatternBuilder::convolution(const std::string& x, std::int64_t from, std::int64_t to) {
  return op("Conv", {x, weight({to, from, 3, 3}), weight({to})}, {{"pads", Ints{1, 1, 1, 1}}});
}

std::string PatternBuilder::layer_norm(const std::string& x, std::int64_t width) {
  const std::string centred = op("Sub", {x, op("ReduceMean", {x}, {{"axes", Ints{-1}}})});
  const std::string variance = op("ReduceMean", {op("Pow", {centred, scalar(2)})}, {{"axes", Ints{-1}}});
  const std::string normal = op("Div", {centred, op("Sqrt", {op("Add", {variance, scalar(1e-5F)})})});
  return op("Add", {op("Mul", {normal, weight({width})}), weight({width})});
}

std::string PatternBuilder::quantized(const std::string& x) {
  const std::string scale = scalar(1.0F / 64);
  const std::string zero = builder_.weight(
      next_name(), base::Tensor::of<std::int8_t>({base::ElementType::Int8, {}}, std::vector<std::int8_t>{0}));
  return op("DequantizeLinear", {op("QuantizeLinear", {x, scale, zero}), scale, zero});
}

model::Part PatternBuilder::finish(const std::string& output) {
  builder_.output(output, {base::ElementType::Float32, {}});
  return builder_.finish();
}

const std::vector<Pattern>& kernel_patterns() {
  static const std::vector<Pattern> patterns = {
      {"conv_batch_norm_relu", conv_batch_norm_relu},
      {"residual", residual},
      {"conv_scale_clip", conv_scale_clip},
      {"padded_conv", padded_conv},
      {"depthwise", depthwise},
      {"swish", swish},
      {"classifier", classifier},
      {"branches", branches},
      {"squeeze_and_excite", squeeze_and_excite},
      {"upsampling", upsampling},
      {"channels_last", channels_last},
      {"matmul_add", matmul_add},
      {"matmul_add_of_words", matmul_add_of_words},
      {"gemm_activations", gemm_activations},
      {"transposed_matmul", transposed_matmul},
      {"attention", attention},
      {"layer_norms", layer_norms},
      {"skip_layer_norm", skip_layer_norm},
      {"root_mean_square_norm", root_mean_square_norm},
      {"gelu", gelu},
      {"bias_gelu", bias_gelu},
      {"fast_gelu", fast_gelu},
      {"quick_gelu", quick_gelu},
      {"newer_operators", newer_operators, 20},
      {"biased_softmax", biased_softmax},
      {"reshapes", reshapes},
      {"layers_that_vanish", layers_that_vanish},
      {"casts", casts},
      {"embedding", embedding},
      {"recurrent", recurrent},
      {"quantized_conv", quantized_conv},
      {"quantized_matmul", quantized_matmul},
      {"half_precision", half_precision},
  };
  return patterns;
}

}  // namespace tandem
