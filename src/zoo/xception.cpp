// Xception (Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2017).
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

Signal relu_separable(Network& network, const std::string& name, const Signal& input, std::int64_t filters,
                      const Normalization& normalization = {}) {
  return separable_conv_bn(network, name, network.relu(name + "_relu", input), filters, square(3), normalization);
}

struct Reduction {
  std::string name;
  std::int64_t first_filters = 0;
  std::int64_t filters = 0;
  bool starts_with_relu = true;
};

Signal reduce(Network& network, const Signal& input, const Reduction& block) {
  const auto& [name, first_filters, filters, starts_with_relu] = block;
  const auto first = name + "_sepconv1";
  const auto residual = conv_bn(network, name + "_residual", input, {.filters = filters, .window = square(1, 2)});
  auto x = starts_with_relu ? relu_separable(network, first, input, first_filters)
                            : separable_conv_bn(network, first, input, first_filters, square(3));
  x = relu_separable(network, name + "_sepconv2", x, filters);
  x = network.max_pool(name + "_pool", x, square(3, 2));
  return network.add(name + "_add", x, residual);
}

Signal middle_block(Network& network, const std::string& name, const Signal& input) {
  auto x = input;
  for (const char* layer : {"_sepconv1", "_sepconv2"}) x = relu_separable(network, name + layer, x, input.channels);
  x = relu_separable(network, name + "_sepconv3", x, input.channels, {.gain = kResidualGain});
  return network.add(name + "_add", x, input);
}

Signal separable_relu(Network& network, const std::string& name, const Signal& input, std::int64_t filters) {
  return network.relu(name + "_relu", separable_conv_bn(network, name, input, filters, square(3)));
}

}  // namespace

void xception(Network& network, const Signal& image) {
  auto x = conv_bn_relu(network, "block1_1", image, {.filters = 32, .window = square(3, 2, kValid)});
  x = conv_bn_relu(network, "block1_2", x, {.filters = 64, .window = square(3, 1, kValid)});
  x = reduce(network, x, {"block2", 128, 128, false});
  x = reduce(network, x, {"block3", 256, 256});
  x = reduce(network, x, {"block4", 728, 728});
  for (int block = 5; block <= 12; ++block) x = middle_block(network, "block" + std::to_string(block), x);
  x = reduce(network, x, {"block13", 728, 1024});
  x = separable_relu(network, "block14_sepconv1", x, 1536);
  x = separable_relu(network, "block14_sepconv2", x, 2048);
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

}  // namespace tandem::zoo
