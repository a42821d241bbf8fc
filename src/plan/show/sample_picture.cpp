#include "plan/show/sample_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kPeriod = 9;  // blocks between two shortcuts
constexpr std::array<const char*, kPeriod> kKinds = {"expand",    "expand_bn",    "expand_relu",
                                                     "depthwise", "depthwise_bn", "depthwise_relu",
                                                     "project",   "project_bn",   "add"};

// Times that fall with depth; convolutions take most of them.
std::vector<double> block_ms(std::size_t blocks, double total_ms) {
  std::vector<double> ms(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    const double depth = static_cast<double>(i) / static_cast<double>(blocks);
    ms[i] = (i % 3 == 0 ? 1.0 : 0.05) * std::exp(-2.5 * depth);
  }
  const double sum = std::accumulate(ms.begin(), ms.end(), 0.0);
  for (double& each : ms) each *= total_ms / sum;
  return ms;
}

Encoding encoding(const std::string& codec, double bytes) {
  Encoding made;
  made.codec = codec;
  made.bytes = bytes;
  return made;
}

std::string block_name(std::size_t block, const std::string& name) {
  return fmt::format("{}block_{}_{}", name, block / kPeriod, kKinds[block % kPeriod]);
}

// Block i writes tensor i + 1, which the next block reads, and an addition that ends a shortcut.
void add_block(Problem& problem, std::size_t block, std::size_t blocks, const std::string& name) {
  problem.blocks.push_back({block_name(block, name), block, block + 1, 0});
  if (block + 1 == blocks) return;
  const double bytes = 4e5 * std::exp(-3.0 * static_cast<double>(block) / static_cast<double>(blocks));
  Tensor tensor{block_name(block, name), block, {block + 1}, {encoding("raw", bytes), encoding("int8", bytes / 4)}};
  const std::size_t end = block + kPeriod;
  if (block % kPeriod == kPeriod - 1 && end < blocks) tensor.consumers.push_back(end);
  problem.tensors.push_back(std::move(tensor));
}

}  // namespace

SamplePicture sample_picture(std::size_t blocks, const std::string& name) {
  SamplePicture sample;
  Problem& problem = sample.problem;
  problem.tiers = {"device", "edge", "cloud"};
  const std::array<double, 3> whole_ms = {125, 37.2, 9.47};
  for (std::size_t i = 0; i < whole_ms.size(); ++i) {
    Target target;
    target.name = name + problem.tiers[i];
    target.tier = i;
    target.block_ms = block_ms(blocks, whole_ms[i]);
    problem.targets.push_back(target);
  }
  problem.links = {{0, 1, 8, 50, 50}, {1, 2, 20, 50, 50}};
  problem.tensors = {{name + "image", kNone, {0}, {encoding("raw", 602112)}}};
  for (std::size_t block = 0; block < blocks; ++block) add_block(problem, block, blocks, name);
  const std::size_t cut = std::max<std::size_t>(blocks * 2 / 5, 1);
  Decision decision{0, {0, 1}, std::vector<std::size_t>(blocks, 1), {}};
  std::fill_n(decision.position.begin(), cut, 0);
  for (std::size_t tensor = 1; tensor < problem.tensors.size(); ++tensor) {
    const auto& each = problem.tensors[tensor];
    if (each.producer < cut && each.consumers.back() >= cut) decision.crossings.push_back({0, tensor, 1});
  }
  sample.plan = price(problem, decision);
  return sample;
}

}  // namespace tandem::plan
