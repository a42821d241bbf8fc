// ResNet (He et al., "Deep Residual Learning for Image Recognition", 2015) and ResNetV2 ("Identity Mappings in Deep
// Residual Networks", 2016).
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

constexpr Normalization kNormalization{.epsilon = 1.001e-5};
constexpr Normalization kResidualNormalization{.epsilon = 1.001e-5, .gain = kResidualGain};
constexpr std::int64_t kExpansion = 4;

struct Bottleneck {
  std::string name;
  std::int64_t filters = 0;
  std::int64_t stride = 1;
  bool projects_shortcut = false;
};

Signal bottleneck(Network& network, const Signal& input, const Bottleneck& block) {
  const auto& [name, filters, stride, projects_shortcut] = block;
  const Convolution expand{.filters = kExpansion * filters, .has_bias = true};
  auto shortcut = input;
  if (projects_shortcut) {
    Convolution projection = expand;
    projection.window.stride = stride;
    shortcut = conv_bn(network, name + "_0", input, projection, kNormalization);
  }
  auto x = conv_bn_relu(network, name + "_1", input,
                        {.filters = filters, .window = square(1, stride), .has_bias = true}, kNormalization);
  x = conv_bn_relu(network, name + "_2", x, {.filters = filters, .window = square(3), .has_bias = true},
                   kNormalization);
  x = conv_bn(network, name + "_3", x, expand, kResidualNormalization);
  return network.relu(name + "_out", network.add(name + "_add", shortcut, x));
}

Signal shortcut_v2(Network& network, const Signal& input, const Signal& activated, const Bottleneck& block) {
  const auto& [name, filters, stride, projects_shortcut] = block;
  if (projects_shortcut) {
    return network.conv(name + "_0_conv", activated,
                        {.filters = kExpansion * filters, .window = square(1, stride), .has_bias = true});
  }
  return stride == 1 ? input : network.max_pool(name + "_0_pool", input, square(1, stride));
}

Signal bottleneck_v2(Network& network, const Signal& input, const Bottleneck& block) {
  const auto& [name, filters, stride, projects_shortcut] = block;
  const auto activated =
      network.relu(name + "_preact_relu", network.batch_norm(name + "_preact_bn", input, kNormalization));
  const auto shortcut = shortcut_v2(network, input, activated, block);
  auto x = conv_bn_relu(network, name + "_1", activated, {.filters = filters}, kNormalization);
  x = conv_bn_relu(network, name + "_2", x, {.filters = filters, .window = square(3, stride, 1)}, kNormalization);
  x = network.conv(name + "_3_conv", x, {.filters = kExpansion * filters, .has_bias = true, .gain = kResidualGain});
  return network.add(name + "_out", shortcut, x);
}

struct BasicBlock {
  std::string name;
  std::int64_t filters = 0;
  std::int64_t stride = 1;
};

Signal basic_block(Network& network, const Signal& input, const BasicBlock& block) {
  const auto& [name, filters, stride] = block;
  auto shortcut = input;
  if (filters != input.channels)
    shortcut = conv_bn(network, name + "_0", input, {.filters = filters, .window = square(1, stride)}, kNormalization);
  auto x =
      conv_bn_relu(network, name + "_1", input, {.filters = filters, .window = square(3, stride, 1)}, kNormalization);
  x = conv_bn(network, name + "_2", x, {.filters = filters, .window = square(3)}, kResidualNormalization);
  return network.relu(name + "_out", network.add(name + "_add", shortcut, x));
}

std::string block_name(std::size_t stage, int block) {
  return "conv" + std::to_string(stage + 2) + "_block" + std::to_string(block + 1);
}

}  // namespace

void resnet(Network& network, const Signal& image, const BlockCounts& blocks) {
  auto x = conv_bn_relu(network, "conv1", image, {.filters = 64, .window = square(7, 2, 3), .has_bias = true},
                        kNormalization);
  x = network.max_pool("pool1_pool", x, square(3, 2, 1));
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    for (int block = 0; block < blocks[stage]; ++block) {
      const bool is_first = block == 0;
      x = bottleneck(network, x,
                     {.name = block_name(stage, block),
                      .filters = 64 << stage,
                      .stride = is_first && stage > 0 ? 2 : 1,
                      .projects_shortcut = is_first});
    }
  }
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

void resnet_v2(Network& network, const Signal& image, const BlockCounts& blocks) {
  auto x = network.conv("conv1_conv", image, {.filters = 64, .window = square(7, 2, 3), .has_bias = true});
  x = network.max_pool("pool1_pool", x, square(3, 2, 1));
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    for (int block = 0; block < blocks[stage]; ++block) {
      const bool reduces = block == blocks[stage] - 1 && stage + 1 < blocks.size();
      x = bottleneck_v2(network, x,
                        {.name = block_name(stage, block),
                         .filters = 64 << stage,
                         .stride = reduces ? 2 : 1,
                         .projects_shortcut = block == 0});
    }
  }
  x = network.relu("post_relu", network.batch_norm("post_bn", x, kNormalization));
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

void resnet_for_small_images(Network& network, const Signal& image, int blocks) {
  auto x = conv_bn_relu(network, "conv1", image, {.filters = 16, .window = square(3)}, kNormalization);
  for (std::size_t stage = 0; stage < 3; ++stage) {
    for (int block = 0; block < blocks; ++block) {
      const std::int64_t stride = block == 0 && stage > 0 ? 2 : 1;
      x = basic_block(network, x, {block_name(stage, block), std::int64_t{16} << stage, stride});
    }
  }
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

}  // namespace tandem::zoo
