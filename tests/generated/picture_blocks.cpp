#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

std::int64_t channels_of(const Value& x) {
  return x.shape.at(1);
}

Shape with_channels(const Value& x, std::int64_t channels) {
  Shape shape = x.shape;
  shape.at(1) = channels;
  return shape;
}

Shape scaled(const Value& x, std::int64_t up, std::int64_t down) {
  return {x.shape[0], x.shape[1], x.shape[2] * up / down, x.shape[3] * up / down};
}

Value batch_norm(Sketch& net, const Value& x) {
  const Shape shape = {channels_of(x)};
  const std::vector<float> ones(static_cast<std::size_t>(channels_of(x)), 1.25F);
  return net.op("BatchNormalization",
                {x, net.weights(shape), net.weights(shape), net.weights(shape), net.numbers(shape, ones)});
}

Value conv_batch_norm_relu(Sketch& net, const Value& x) {
  return net.op("Relu", {batch_norm(net, convolution(net, x, 6))});
}

Value strided_conv(Sketch& net, const Value& x) {
  if (x.shape[2] < 4) return convolution(net, x, 4);
  Shape shape = {x.shape[0], 0, (x.shape[2] + 1) / 2, (x.shape[3] + 1) / 2};
  shape[1] = 4;
  return net.op("Conv", {x, net.weights({4, channels_of(x), 3, 3})},
                {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}, shape);
}

Value depthwise(Sketch& net, const Value& x) {
  const std::int64_t channels = channels_of(x);
  const Value deep = net.op("Conv", {x, net.weights({channels, 1, 3, 3}), net.weights({channels})},
                            {{"group", channels}, {"pads", Ints{1, 1, 1, 1}}});
  return convolution(net, net.op("LeakyRelu", {deep}, {{"alpha", 0.1F}}), 5, 1);
}

Value dilated_conv(Sketch& net, const Value& x) {
  return net.op("Conv", {x, net.weights({3, channels_of(x), 3, 3})},
                {{"dilations", Ints{2, 2}}, {"pads", Ints{2, 2, 2, 2}}}, with_channels(x, 3));
}

Value residual(Sketch& net, const Value& x) {
  const Value inner = convolution(net, net.op("Relu", {convolution(net, x, 4)}), channels_of(x));
  return net.op("Relu", {net.op("Add", {inner, x})});
}

Value squeeze_and_excite(Sketch& net, const Value& x) {
  const Value pooled = net.op("GlobalAveragePool", {x}, {}, {x.shape[0], channels_of(x), 1, 1});
  const Value narrow = net.op("Relu", {convolution(net, pooled, 2, 1)});
  return net.op("Mul", {x, net.op("Sigmoid", {convolution(net, narrow, channels_of(x), 1)})});
}

Value max_pool(Sketch& net, const Value& x) {
  if (x.shape[2] < 4) return x;
  return net.op("MaxPool", {x}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}, scaled(x, 1, 2));
}

// Nothing reads the places of the largest values.
Value max_pool_with_places(Sketch& net, const Value& x) {
  const auto settings = std::vector<Setting>{{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}};
  return net.outputs_of("MaxPool", {x}, settings, {x.shape, x.shape})[0];
}

Value average_pool(Sketch& net, const Value& x) {
  return net.op("AveragePool", {x},
                {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}, {"count_include_pad", std::int64_t{1}}});
}

Value upsampled(Sketch& net, const Value& x) {
  if (x.shape[2] > 8) return x;
  const Value scales = net.numbers({4}, {1, 1, 2, 2});
  if (net.habits.opset == 9) return net.op("Upsample", {x, scales}, {}, scaled(x, 2, 1));
  if (net.habits.opset == 10) return net.op("Resize", {x, scales}, {}, scaled(x, 2, 1));
  const auto settings = std::vector<Setting>{{"mode", std::string("linear")},
                                             {"coordinate_transformation_mode", std::string("half_pixel")}};
  return net.op("Resize", {x, net.numbers({0}, {}), scales}, settings, scaled(x, 2, 1));
}

Value transposed_conv(Sketch& net, const Value& x) {
  return net.op("ConvTranspose", {x, net.weights({channels_of(x), 3, 3, 3})}, {{"pads", Ints{1, 1, 1, 1}}},
                with_channels(x, 3));
}

Value branches(Sketch& net, const Value& x) {
  const Value one = convolution(net, x, 2, 1);
  const Value three = net.op("Relu", {convolution(net, x, 3)});
  return net.op("Concat", {one, three, x}, {{"axis", std::int64_t{1}}}, with_channels(x, 5 + channels_of(x)));
}

Value split_and_swap(Sketch& net, const Value& input) {
  const Value x = convolution(net, input, 6);
  const Shape half = with_channels(x, 3);
  const auto parts = net.outputs_of("Split", {x}, {{"axis", std::int64_t{1}}}, {half, half});
  return net.op("Concat", {parts[1], parts[0]}, {{"axis", std::int64_t{1}}}, x.shape);
}

Value channel_shuffle(Sketch& net, const Value& input) {
  const Value x = convolution(net, input, 6);
  const auto [batch, channels, height, width] = std::tuple(x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
  const Value groups =
      net.op("Reshape", {x, net.integers({-1, 2, 3, height, width})}, {}, {batch, 2, 3, height, width});
  const Value turned = net.op("Transpose", {groups}, {{"perm", Ints{0, 2, 1, 3, 4}}}, {batch, 3, 2, height, width});
  return net.op("Reshape", {turned, net.integers({-1, channels, height, width})}, {}, x.shape);
}

// As TensorFlow's exporter writes a layer that knows only channels last.
Value channels_last(Sketch& net, const Value& x) {
  const auto [batch, channels, height, width] = std::tuple(x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
  const Value last = net.op("Transpose", {x}, {{"perm", Ints{0, 2, 3, 1}}}, {batch, height, width, channels});
  const Value biased = net.op("Tanh", {net.op("Add", {last, net.weights({channels})})});
  return net.op("Transpose", {biased}, {{"perm", Ints{0, 3, 1, 2}}}, x.shape);
}

Value padded_conv(Sketch& net, const Value& x) {
  Shape shape = x.shape;
  shape[2] += 2;
  shape[3] += 2;
  const Ints pads = {0, 0, 1, 1, 0, 0, 1, 1};
  const Value padded = net.with_list("Pad", x, "pads", pads, 11, shape);
  return net.op("Conv", {padded, net.weights({4, channels_of(x), 3, 3})}, {}, with_channels(x, 4));
}

Value clipped(Sketch& net, const Value& input) {
  const Value x = convolution(net, input, 4);
  if (net.habits.opset < 11) return net.op("Clip", {x}, {{"min", 0.0F}, {"max", 6.0F}});
  return net.op("Clip", {x, net.number(0), net.number(6)});
}

Value hard_swish(Sketch& net, const Value& x) {
  return net.op("Mul", {x, net.op("HardSigmoid", {x}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}})});
}

Value instance_norm(Sketch& net, const Value& x) {
  return net.op("InstanceNormalization", {x, net.weights({channels_of(x)}), net.weights({channels_of(x)})});
}

Value parametric_relu(Sketch& net, const Value& x) {
  return net.op("PRelu", {x, net.weights({channels_of(x), 1, 1})});
}

Value local_response(Sketch& net, const Value& x) {
  return net.op("LRN", {x}, {{"size", std::int64_t{3}}});
}

Value space_to_depth(Sketch& net, const Value& x) {
  if (x.shape[2] < 4) return x;
  Shape shape = scaled(x, 1, 2);
  shape[1] *= 4;
  const Value deep = net.op("SpaceToDepth", {x}, {{"blocksize", std::int64_t{2}}}, shape);
  return net.op("DepthToSpace", {deep}, {{"blocksize", std::int64_t{2}}}, x.shape);
}

Value cropped(Sketch& net, const Value& x) {
  if (x.shape[2] < 4) return x;
  Shape shape = x.shape;
  shape[2] -= 2;
  shape[3] -= 2;
  if (net.habits.opset < 10)
    return net.op("Slice", {x}, {{"axes", Ints{2, 3}}, {"starts", Ints{1, 1}}, {"ends", Ints{-1, -1}}}, shape);
  return net.op("Slice", {x, net.integers({1, 1}), net.integers({-1, -1}), net.integers({2, 3})}, {}, shape);
}

}  // namespace

Value convolution(Sketch& net, const Value& x, std::int64_t channels, std::int64_t kernel) {
  const std::int64_t pad = kernel / 2;
  return net.op("Conv", {x, net.weights({channels, channels_of(x), kernel, kernel}), net.weights({channels})},
                {{"pads", Ints{pad, pad, pad, pad}}, {"kernel_shape", Ints{kernel, kernel}}},
                with_channels(x, channels));
}

const std::vector<Block>& picture_blocks() {
  static const std::vector<Block> blocks = {
      {"conv_batch_norm_relu", Form::Picture, conv_batch_norm_relu},
      {"strided_conv", Form::Picture, strided_conv},
      {"depthwise", Form::Picture, depthwise},
      {"dilated_conv", Form::Picture, dilated_conv},
      {"residual", Form::Picture, residual},
      {"squeeze_and_excite", Form::Picture, squeeze_and_excite},
      {"max_pool", Form::Picture, max_pool},
      {"max_pool_with_places", Form::Picture, max_pool_with_places},
      {"average_pool", Form::Picture, average_pool},
      {"upsampled", Form::Picture, upsampled},
      {"transposed_conv", Form::Picture, transposed_conv},
      {"branches", Form::Picture, branches},
      {"split_and_swap", Form::Picture, split_and_swap},
      {"channel_shuffle", Form::Picture, channel_shuffle},
      {"channels_last", Form::Picture, channels_last},
      {"padded_conv", Form::Picture, padded_conv},
      {"clipped", Form::Picture, clipped},
      {"hard_swish", Form::Picture, hard_swish},
      {"instance_norm", Form::Picture, instance_norm},
      {"parametric_relu", Form::Picture, parametric_relu},
      {"local_response", Form::Picture, local_response},
      {"space_to_depth", Form::Picture, space_to_depth},
      {"cropped", Form::Picture, cropped},
  };
  return blocks;
}

}  // namespace tandem::generated
