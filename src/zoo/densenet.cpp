// DenseNet (Huang et al., "Densely Connected Convolutional Networks", 2017), growth rate 32, compression 1/2.
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

constexpr Normalization kNormalization{.epsilon = 1.001e-5};
constexpr std::int64_t kGrowth = 32;

Signal bn_relu(Network& network, const std::string& name, const Signal& input) {
  return network.relu(name + "_relu", network.batch_norm(name + "_bn", input, kNormalization));
}

Signal dense_layer(Network& network, const std::string& name, const Signal& input) {
  auto x = bn_relu(network, name + "_0", input);
  x = conv_bn_relu(network, name + "_1", x, {.filters = 4 * kGrowth}, kNormalization);
  x = network.conv(name + "_2_conv", x, {.filters = kGrowth, .window = square(3)});
  return network.concat(name + "_concat", {input, x});
}

Signal transition(Network& network, const std::string& name, const Signal& input) {
  auto x = bn_relu(network, name, input);
  x = network.conv(name + "_conv", x, {.filters = input.channels / 2});
  return network.average_pool(name + "_pool", x, square(2, 2, kValid));
}

}  // namespace

void densenet(Network& network, const Signal& image, const BlockCounts& blocks) {
  auto x = conv_bn_relu(network, "conv1", image, {.filters = 64, .window = square(7, 2, 3)}, kNormalization);
  x = network.max_pool("pool1", x, square(3, 2, 1));
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    const auto number = std::to_string(stage + 2);
    for (int layer = 1; layer <= blocks[stage]; ++layer) {
      x = dense_layer(network, "conv" + number + "_block" + std::to_string(layer), x);
    }
    if (stage + 1 < blocks.size()) x = transition(network, "pool" + number, x);
  }
  x = bn_relu(network, "final", x);
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

}  // namespace tandem::zoo
