// VGG (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014).
#include "zoo/architectures.h"

namespace tandem::zoo {

void vgg(Network& network, const Signal& image, int convolutions_in_last_blocks) {
  constexpr std::int64_t kFilters[] = {64, 128, 256, 512, 512};
  auto x = image;
  int block = 1;
  for (const auto filters : kFilters) {
    const auto name = "block" + std::to_string(block);
    const int convolutions = block <= 2 ? 2 : convolutions_in_last_blocks;
    for (int i = 1; i <= convolutions; ++i) {
      const auto layer = name + "_conv" + std::to_string(i);
      x = network.conv(layer, x, {.filters = filters, .window = square(3), .has_bias = true});
      x = network.relu(layer + "_relu", x);
    }
    x = network.max_pool(name + "_pool", x, square(2, 2));
    ++block;
  }
  x = network.relu("fc1_relu", network.dense("fc1", network.flatten("flatten", x), 4096));
  x = network.relu("fc2_relu", network.dense("fc2", x, 4096));
  network.classify("predictions", x);
}

}  // namespace tandem::zoo
