// MobileNet (Howard et al. 2017) and MobileNetV2 (Sandler et al. 2018), width 1.
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

struct InvertedResidual {
  std::string name;
  std::int64_t filters = 0;
  std::int64_t stride = 1;
  std::int64_t expansion = 6;
};

Signal inverted_residual(Network& network, const Signal& input, const InvertedResidual& block) {
  const auto& [name, filters, stride, expansion] = block;
  auto x = input;
  if (expansion > 1) x = conv_bn_relu6(network, name + "_expand", x, {.filters = expansion * input.channels});
  x = conv_bn_relu6(network, name + "_depthwise", x, depthwise(x, square(3, stride)));
  x = conv_bn(network, name + "_project", x, {.filters = filters});
  const bool keeps_shape = stride == 1 && filters == input.channels;
  return keeps_shape ? network.add(name + "_add", input, x) : x;
}

struct Stage {
  std::int64_t filters = 0;
  std::int64_t stride = 1;  // of its first block
  int blocks = 1;
};

}  // namespace

void mobilenet(Network& network, const Signal& image) {
  constexpr Stage kStages[] = {{64, 1, 1}, {128, 2, 2}, {256, 2, 2}, {512, 2, 6}, {1024, 2, 2}};
  auto x = conv_bn_relu6(network, "conv1", image, {.filters = 32, .window = square(3, 2)});
  int id = 1;
  for (const auto& stage : kStages) {
    for (int block = 0; block < stage.blocks; ++block, ++id) {
      const auto window = square(3, block == 0 ? stage.stride : 1);
      x = conv_bn_relu6(network, "conv_dw_" + std::to_string(id), x, depthwise(x, window));
      x = conv_bn_relu6(network, "conv_pw_" + std::to_string(id), x, {.filters = stage.filters});
    }
  }
  network.classify("predictions", network.global_average_pool("global_pool", x));
}

void mobilenet_v2(Network& network, const Signal& image) {
  constexpr Stage kStages[] = {{24, 2, 2}, {32, 2, 3}, {64, 2, 4}, {96, 1, 3}, {160, 2, 3}, {320, 1, 1}};
  auto x = conv_bn_relu6(network, "conv1", image, {.filters = 32, .window = square(3, 2)});
  x = inverted_residual(network, x, {.name = "expanded_conv", .filters = 16, .expansion = 1});
  int id = 1;
  for (const auto& stage : kStages) {
    for (int block = 0; block < stage.blocks; ++block, ++id) {
      x = inverted_residual(
          network, x,
          {.name = "block_" + std::to_string(id), .filters = stage.filters, .stride = block == 0 ? stage.stride : 1});
    }
  }
  x = conv_bn_relu6(network, "out", x, {.filters = 1280});
  network.classify("predictions", network.global_average_pool("global_pool", x));
}

}  // namespace tandem::zoo
