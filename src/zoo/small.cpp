// Small networks: LeNet-5, AlexNet, and AlexNet with five exits. Sources in architectures.h.
#include "zoo/architectures.h"

namespace tandem::zoo {

void lenet5(Network& network, const Signal& image) {
  auto x = network.tanh("c1_tanh", network.conv("c1", image, {.filters = 6, .window = square(5), .has_bias = true}));
  x = network.average_pool("s2", x, square(2, 2));
  x = network.conv("c3", x, {.filters = 16, .window = square(5, 1, kValid), .has_bias = true});
  x = network.average_pool("s4", network.tanh("c3_tanh", x), square(2, 2));
  x = network.tanh("c5_tanh", network.dense("c5", network.flatten("flatten", x), 120));
  x = network.tanh("f6_tanh", network.dense("f6", x, 84));
  network.classify("predictions", x);
}

}  // namespace tandem::zoo
