// Small networks: LeNet-5, AlexNet, and AlexNet with five exits. Sources in architectures.h.
#include "zoo/architectures.h"

namespace tandem::zoo {
namespace {

Signal conv_relu(Network& network, const std::string& name, const Signal& input, Convolution convolution) {
  convolution.has_bias = true;
  return network.relu(name + "_relu", network.conv(name, input, convolution));
}

Signal dense_relu(Network& network, const std::string& name, const Signal& input, std::int64_t units) {
  return network.relu(name + "_relu", network.dense(name, input, units));
}

Signal dense_relu_dropout(Network& network, const std::string& name, const Signal& input, std::int64_t units) {
  return network.dropout(name + "_dropout", dense_relu(network, name, input, units));
}

struct ExitHead {
  std::string name;
  bool has_dropout = false;
};

// Two convolutions, pooling and two fully connected layers: 8 counted layers, 9 with dropout.
void add_exit(Network& network, const Signal& input, const ExitHead& head) {
  auto x = conv_relu(network, head.name + "_conv1", input, {.filters = 32, .window = square(3)});
  x = conv_relu(network, head.name + "_conv2", x, {.filters = 32, .window = square(3)});
  x = network.flatten(head.name + "_flatten", network.max_pool(head.name + "_pool", x, square(3, 2)));
  x = head.has_dropout ? dense_relu_dropout(network, head.name + "_fc", x, 64)
                       : dense_relu(network, head.name + "_fc", x, 64);
  network.classify(head.name, x);
}

}  // namespace

void lenet5(Network& network, const Signal& image) {
  auto x = network.tanh("c1_tanh", network.conv("c1", image, {.filters = 6, .window = square(5), .has_bias = true}));
  x = network.average_pool("s2", x, square(2, 2));
  x = network.conv("c3", x, {.filters = 16, .window = square(5, 1, kValid), .has_bias = true});
  x = network.average_pool("s4", network.tanh("c3_tanh", x), square(2, 2));
  x = network.tanh("c5_tanh", network.dense("c5", network.flatten("flatten", x), 120));
  x = network.tanh("f6_tanh", network.dense("f6", x, 84));
  network.classify("predictions", x);
}

void alexnet(Network& network, const Signal& image) {
  const auto norm_pool = [&](const std::string& number, const Signal& input) {
    const auto normalized = network.response_norm("norm" + number, input, 5, 1e-4f);
    return network.max_pool("pool" + number, normalized, square(3, 2, kValid));
  };
  auto x = norm_pool("1", conv_relu(network, "conv1", image, {.filters = 96, .window = square(11, 4, kValid)}));
  x = norm_pool("2", conv_relu(network, "conv2", x, {.filters = 256, .window = square(5), .groups = 2}));
  x = conv_relu(network, "conv3", x, {.filters = 384, .window = square(3)});
  x = conv_relu(network, "conv4", x, {.filters = 384, .window = square(3), .groups = 2});
  x = conv_relu(network, "conv5", x, {.filters = 256, .window = square(3), .groups = 2});
  x = network.flatten("flatten", network.max_pool("pool5", x, square(3, 2, kValid)));
  x = dense_relu_dropout(network, "fc6", x, 4096);
  x = dense_relu_dropout(network, "fc7", x, 4096);
  network.classify("predictions", x);
}

void alexnet5(Network& network, const Signal& image) {
  const auto pool_norm = [&](const std::string& number, const Signal& input) {
    const auto pooled = network.max_pool("pool" + number, input, square(3, 2));
    return network.response_norm("norm" + number, pooled, 3, 5e-5f);
  };
  auto x = pool_norm("1", conv_relu(network, "conv1", image, {.filters = 32, .window = square(5)}));
  add_exit(network, x, {"exit1"});
  x = pool_norm("2", conv_relu(network, "conv2", x, {.filters = 64, .window = square(5)}));
  add_exit(network, x, {"exit2"});
  x = conv_relu(network, "conv3", x, {.filters = 96, .window = square(3)});
  add_exit(network, x, {.name = "exit3", .has_dropout = true});
  x = conv_relu(network, "conv4", x, {.filters = 96, .window = square(3)});
  add_exit(network, x, {"exit4"});
  x = conv_relu(network, "conv5", x, {.filters = 64, .window = square(3)});
  x = network.flatten("flatten", network.max_pool("pool5", x, square(3, 2)));
  x = dense_relu_dropout(network, "fc6", x, 256);
  x = dense_relu_dropout(network, "fc7", x, 128);
  network.classify("exit5", x);
  network.metadata("tandem.exits", "exit1,exit2,exit3,exit4,exit5");
}

}  // namespace tandem::zoo
