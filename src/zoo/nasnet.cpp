// NASNet-A (Zoph et al., "Learning Transferable Architectures for Scalable Image Recognition", 2018).
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

// The inputs of a cell: the output of the cell before it, and of the one before that.
struct History {
  Signal current;
  Signal previous;
};

Signal relu_conv_bn(Network& network, const std::string& name, const Signal& input, std::int64_t filters) {
  return conv_bn(network, name, network.relu(name + "_relu", input), {.filters = filters});
}

Signal relu_separable(Network& network, const std::string& name, const Signal& input, std::int64_t filters,
                      const Window& window) {
  return separable_conv_bn(network, name, network.relu(name + "_relu", input), filters, window);
}

// Two separable convolutions; the first one takes the stride.
Signal separable_twice(Network& network, const std::string& name, const Signal& input, std::int64_t filters,
                       const Window& window) {
  const auto x = relu_separable(network, name + "_1", input, filters, window);
  return relu_separable(network, name + "_2", x, filters, square(window.height));
}

// Half the size by two grids of every second element, the other one a step further along the diagonal.
Signal factorized_reduction(Network& network, const std::string& name, const Signal& input, std::int64_t filters) {
  const auto activated = network.relu(name + "_relu", input);
  const auto path = [&](const std::string& path_name, const Signal& start) {
    const auto pooled = network.average_pool(path_name + "_pool", start, square(1, 2, kValid));
    return network.conv(path_name + "_conv", pooled, {.filters = filters / 2});
  };
  const auto first = path(name + "_1", activated);
  const auto second = path(name + "_2", network.shift(name + "_2_shift", activated));
  return network.batch_norm(name + "_bn", network.concat(name + "_concat", {first, second}), {});
}

// The older input in the shape of the newer one.
Signal adjusted(Network& network, const std::string& name, const History& history, std::int64_t filters) {
  const auto& [current, previous] = history;
  if (previous.tensor.empty()) return current;
  if (previous.size != current.size) return factorized_reduction(network, name, previous, filters);
  return previous.channels == filters ? previous : relu_conv_bn(network, name, previous, filters);
}

// Braces fix the order in which the two are made, and so that of the layers; arguments alone would not.
struct Pair {
  Signal left;
  Signal right;
};
Signal add(Network& network, const std::string& name, const Pair& pair) {
  return network.add(name, pair.left, pair.right);
}

History normal_cell(Network& network, const std::string& name, const History& history, std::int64_t filters) {
  const auto p = adjusted(network, name + "_adjust", history, filters);
  const auto h = relu_conv_bn(network, name + "_begin", history.current, filters);
  const auto separable = [&](const char* side, const Signal& input, std::int64_t kernel) {
    return separable_twice(network, name + side, input, filters, square(kernel));
  };
  const auto average = [&](const char* side, const Signal& input) {
    return network.average_pool(name + side, input, square(3));
  };
  const auto x1 = add(network, name + "_add1", {separable("_left1", h, 5), separable("_right1", p, 3)});
  const auto x2 = add(network, name + "_add2", {separable("_left2", p, 5), separable("_right2", p, 3)});
  const auto x3 = add(network, name + "_add3", {average("_left3", h), p});
  const auto x4 = add(network, name + "_add4", {average("_left4", p), average("_right4", p)});
  const auto x5 = add(network, name + "_add5", {separable("_left5", h, 3), h});
  return {network.concat(name + "_concat", {p, x1, x2, x3, x4, x5}), history.current};
}

History reduction_cell(Network& network, const std::string& name, const History& history, std::int64_t filters) {
  const auto p = adjusted(network, name + "_adjust", history, filters);
  const auto h = relu_conv_bn(network, name + "_begin", history.current, filters);
  const auto separable = [&](const char* side, const Signal& input, const Window& window) {
    return separable_twice(network, name + side, input, filters, window);
  };
  const auto max_pool = [&](const char* side) { return network.max_pool(name + side, h, square(3, 2)); };
  const auto average = [&](const char* side, const Signal& input, std::int64_t stride) {
    return network.average_pool(name + side, input, square(3, stride));
  };
  const auto x1 =
      add(network, name + "_add1", {separable("_left1", h, square(5, 2)), separable("_right1", p, square(7, 2))});
  const auto x2 = add(network, name + "_add2", {max_pool("_left2"), separable("_right2", p, square(7, 2))});
  const auto x3 = add(network, name + "_add3", {average("_left3", h, 2), separable("_right3", p, square(5, 2))});
  const auto x4 = add(network, name + "_add4", {x2, average("_left4", x1, 1)});
  const auto x5 = add(network, name + "_add5", {separable("_left5", x1, square(3)), max_pool("_right5")});
  return {network.concat(name + "_concat", {x2, x3, x4, x5}), history.current};
}

}  // namespace

void nasnet(Network& network, const Signal& image, const NasnetSize& size) {
  const auto stem = conv_bn(network, "stem", image, {.filters = size.stem_filters, .window = square(3, 2, kValid)});
  History history{stem, {}};
  history = reduction_cell(network, "reduction_stem_1", history, size.filters / 4);
  history = reduction_cell(network, "reduction_stem_2", history, size.filters / 2);
  int id = 0;
  for (int stage = 0; stage < 3; ++stage) {
    const auto filters = size.filters << stage;
    if (stage > 0) {
      const auto skipped = history.previous;
      history = reduction_cell(network, "reduction_" + std::to_string(id++), history, filters);
      if (size.skips_reduction) history.previous = skipped;
    }
    for (int i = 0; i < size.cells; ++i) {
      history = normal_cell(network, "normal_" + std::to_string(id++), history, filters);
    }
  }
  const auto x = network.relu("final_relu", history.current);
  network.classify("predictions", network.global_average_pool("global_pool", x));
}

}  // namespace tandem::zoo
