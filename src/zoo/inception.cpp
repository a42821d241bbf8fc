// Inception v3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016) and
// Inception-ResNet v2 ("Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", 2017).
// Their modules are tables: branches of convolutions, side by side.
#include "zoo/architectures.h"
#include "zoo/blocks.h"

namespace tandem::zoo {
namespace {

constexpr Normalization kNormalization{.has_scale = false};

enum class First { Convolution, AveragePool, MaxPoolStride2 };

struct Branch {
  First first = First::Convolution;
  std::vector<Convolution> convolutions;
  std::int64_t cross_filters = 0;  // > 0: ends in a 1×3 and a 3×1 convolution side by side
};
using Branches = std::vector<Branch>;

Convolution conv1x1(std::int64_t filters) {
  return {.filters = filters};
}
Convolution conv3x3(std::int64_t filters) {
  return {.filters = filters, .window = square(3)};
}
Convolution conv5x5(std::int64_t filters) {
  return {.filters = filters, .window = square(5)};
}
Convolution row(std::int64_t length, std::int64_t filters) {
  return {.filters = filters, .window = {.height = 1, .width = length}};
}
Convolution column(std::int64_t length, std::int64_t filters) {
  return {.filters = filters, .window = {.height = length, .width = 1}};
}
Convolution reducing(std::int64_t filters) {
  return {.filters = filters, .window = square(3, 2, kValid)};
}

Signal conv(Network& network, const std::string& name, const Signal& input, const Convolution& convolution) {
  return conv_bn_relu(network, name, input, convolution, kNormalization);
}

Signal cross(Network& network, const std::string& name, const Signal& input, std::int64_t filters) {
  const auto horizontal = conv(network, name + "_1x3", input, row(3, filters));
  const auto vertical = conv(network, name + "_3x1", input, column(3, filters));
  return network.concat(name + "_concat", {horizontal, vertical});
}

Signal run_branch(Network& network, const std::string& name, const Signal& input, const Branch& branch) {
  auto x = input;
  if (branch.first == First::AveragePool) x = network.average_pool(name + "_pool", x, square(3));
  if (branch.first == First::MaxPoolStride2) x = network.max_pool(name + "_pool", x, square(3, 2, kValid));
  int step = 1;
  for (const auto& convolution : branch.convolutions) {
    x = conv(network, name + "_" + std::to_string(step++), x, convolution);
  }
  return branch.cross_filters > 0 ? cross(network, name, x, branch.cross_filters) : x;
}

Signal concat_branches(Network& network, const std::string& module, const std::string& output, const Signal& input,
                       const Branches& branches) {
  std::vector<Signal> results;
  for (const auto& branch : branches) {
    const auto name = module + "_branch" + std::to_string(results.size() + 1);
    results.push_back(run_branch(network, name, input, branch));
  }
  return network.concat(output, results);
}

Signal module(Network& network, const std::string& name, const Signal& input, const Branches& branches) {
  return concat_branches(network, name, name, input, branches);
}

Signal stem(Network& network, const Signal& image) {
  auto x = conv(network, "stem_1", image, reducing(32));
  x = conv(network, "stem_2", x, {.filters = 32, .window = square(3, 1, kValid)});
  x = conv(network, "stem_3", x, conv3x3(64));
  x = network.max_pool("stem_pool1", x, square(3, 2, kValid));
  x = conv(network, "stem_4", x, conv1x1(80));
  x = conv(network, "stem_5", x, {.filters = 192, .window = square(3, 1, kValid)});
  return network.max_pool("stem_pool2", x, square(3, 2, kValid));
}

Branches inception_a(std::int64_t first_filters, std::int64_t pool_filters) {
  return {{.convolutions = {conv1x1(first_filters)}},
          {.convolutions = {conv1x1(48), conv5x5(64)}},
          {.convolutions = {conv1x1(64), conv3x3(96), conv3x3(96)}},
          {.first = First::AveragePool, .convolutions = {conv1x1(pool_filters)}}};
}

Branches inception_b(std::int64_t width) {
  return {{.convolutions = {conv1x1(192)}},
          {.convolutions = {conv1x1(width), row(7, width), column(7, 192)}},
          {.convolutions = {conv1x1(width), column(7, width), row(7, width), column(7, width), row(7, 192)}},
          {.first = First::AveragePool, .convolutions = {conv1x1(192)}}};
}

Branches inception_c() {
  return {{.convolutions = {conv1x1(320)}},
          {.convolutions = {conv1x1(384)}, .cross_filters = 384},
          {.convolutions = {conv1x1(448), conv3x3(384)}, .cross_filters = 384},
          {.first = First::AveragePool, .convolutions = {conv1x1(192)}}};
}

struct ResidualModule {
  float scale = 1;
  bool has_relu = true;
  Branches branches;
};

Signal residual_module(Network& network, const std::string& name, const Signal& input, const ResidualModule& block) {
  const auto mixed = concat_branches(network, name, name + "_mixed", input, block.branches);
  auto x = network.conv(name + "_conv", mixed, {.filters = input.channels, .has_bias = true});
  x = network.add(name + "_add", input, network.scale(name + "_scale", x, block.scale));
  return block.has_relu ? network.relu(name + "_relu", x) : x;
}

Signal repeat(Network& network, const std::string& name, int times, const Signal& input, const ResidualModule& block) {
  auto x = input;
  for (int i = 1; i <= times; ++i) x = residual_module(network, name + "_" + std::to_string(i), x, block);
  return x;
}

Branches block35() {
  return {{.convolutions = {conv1x1(32)}},
          {.convolutions = {conv1x1(32), conv3x3(32)}},
          {.convolutions = {conv1x1(32), conv3x3(48), conv3x3(64)}}};
}

Branches block17() {
  return {{.convolutions = {conv1x1(192)}}, {.convolutions = {conv1x1(128), row(7, 160), column(7, 192)}}};
}

Branches block8() {
  return {{.convolutions = {conv1x1(192)}}, {.convolutions = {conv1x1(192), row(3, 224), column(3, 256)}}};
}

}  // namespace

void inception_v3(Network& network, const Signal& image) {
  const Branch max_pool{.first = First::MaxPoolStride2};
  auto x = stem(network, image);
  x = module(network, "mixed0", x, inception_a(64, 32));
  x = module(network, "mixed1", x, inception_a(64, 64));
  x = module(network, "mixed2", x, inception_a(64, 64));
  x = module(network, "mixed3", x,
             {{.convolutions = {reducing(384)}}, {.convolutions = {conv1x1(64), conv3x3(96), reducing(96)}}, max_pool});
  x = module(network, "mixed4", x, inception_b(128));
  x = module(network, "mixed5", x, inception_b(160));
  x = module(network, "mixed6", x, inception_b(160));
  x = module(network, "mixed7", x, inception_b(192));
  x = module(network, "mixed8", x,
             {{.convolutions = {conv1x1(192), reducing(320)}},
              {.convolutions = {conv1x1(192), row(7, 192), column(7, 192), reducing(192)}},
              max_pool});
  x = module(network, "mixed9", x, inception_c());
  x = module(network, "mixed10", x, inception_c());
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

void inception_resnet_v2(Network& network, const Signal& image) {
  const Branch max_pool{.first = First::MaxPoolStride2};
  auto x = module(network, "mixed_5b", stem(network, image), inception_a(96, 64));
  x = repeat(network, "block35", 10, x, {.scale = 0.17f, .branches = block35()});
  x = module(
      network, "mixed_6a", x,
      {{.convolutions = {reducing(384)}}, {.convolutions = {conv1x1(256), conv3x3(256), reducing(384)}}, max_pool});
  x = repeat(network, "block17", 20, x, {.scale = 0.1f, .branches = block17()});
  x = module(network, "mixed_7a", x,
             {{.convolutions = {conv1x1(256), reducing(384)}},
              {.convolutions = {conv1x1(256), reducing(288)}},
              {.convolutions = {conv1x1(256), conv3x3(288), reducing(320)}},
              max_pool});
  x = repeat(network, "block8", 9, x, {.scale = 0.2f, .branches = block8()});
  x = residual_module(network, "block8_10", x, {.has_relu = false, .branches = block8()});
  x = conv(network, "conv_7b", x, conv1x1(1536));
  network.classify("predictions", network.global_average_pool("avg_pool", x));
}

}  // namespace tandem::zoo
