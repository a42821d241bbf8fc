#include "zoo/blocks.h"

namespace tandem::zoo {

Signal conv_bn(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
               const Normalization& normalization) {
  return network.batch_norm(name + "_bn", network.conv(name + "_conv", input, convolution), normalization);
}

Signal conv_bn_relu(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
                    const Normalization& normalization) {
  return network.relu(name + "_relu", conv_bn(network, name, input, convolution, normalization));
}

Signal conv_bn_relu6(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
                     const Normalization& normalization) {
  return network.relu6(name + "_relu", conv_bn(network, name, input, convolution, normalization));
}

Convolution depthwise(const Signal& input, const Window& window) {
  return {.filters = input.channels, .window = window, .groups = input.channels, .negates_odd_filters = true};
}

Signal separable_conv_bn(Network& network, const std::string& name, const Signal& input, std::int64_t filters,
                         const Window& window, const Normalization& normalization) {
  const Convolution channelwise{.filters = input.channels, .window = window, .groups = input.channels};
  const auto each = network.conv(name + "_depthwise", input, channelwise);
  const auto mixed = network.conv(name + "_pointwise", each, {.filters = filters});
  return network.batch_norm(name + "_bn", mixed, normalization);
}

}  // namespace tandem::zoo
