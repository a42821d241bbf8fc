// Building blocks of several architectures: a convolution with its usual batch norm and ReLU. Node names follow Keras:
// name_conv, name_bn, name_relu. Private to zoo/.
#pragma once

#include <string>

#include "zoo/network.h"

namespace tandem::zoo {

Signal conv_bn(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
               const Normalization& normalization = {});
Signal conv_bn_relu(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
                    const Normalization& normalization = {});
Signal conv_bn_relu6(Network& network, const std::string& name, const Signal& input, const Convolution& convolution,
                     const Normalization& normalization = {});

// One filter for each channel, before a batch norm.
Convolution depthwise(const Signal& input, const Window& window);

// name_depthwise, name_pointwise, name_bn; no bias (Chollet, "Xception", 2017).
Signal separable_conv_bn(Network& network, const std::string& name, const Signal& input, std::int64_t filters,
                         const Window& window, const Normalization& normalization = {});

}  // namespace tandem::zoo
