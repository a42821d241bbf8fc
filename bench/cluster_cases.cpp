#include "cluster_cases.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace tandem::bench {
namespace {

// Of each of the four sublayers: milliseconds at speed 1, megabytes of weights and of what is sent on.
struct Sublayer {
  double ms, weight_mb, sent_mb;
};
constexpr Sublayer kSublayers[] = {{90, 12.6, 1.6}, {30, 4.2, 0.8}, {120, 16.8, 4.0}, {120, 16.8, 0.8}};

// A kind of boards: how much faster it is than speed 1 in attention and in dense sublayers.
struct Kind {
  const char* name;
  std::size_t count;
  double attention, dense;
};
constexpr Kind kKinds[] = {{"rcc", 2, 4.0, 2.9}, {"minnow", 3, 1.0, 1.1}, {"nano", 3, 2.1, 3.2}};

void add_blocks(plan::Problem& problem, std::size_t layers) {
  for (std::size_t i = 0; i < layers; ++i) {
    const Sublayer& sublayer = kSublayers[i % 4];
    problem.blocks.push_back({fmt::format("layer{}.{}", i / 4, i % 4), i, i + 1, sublayer.weight_mb * 1e6});
    plan::Tensor sent{fmt::format("t{}", i), i == 0 ? plan::kNone : i - 1, {i}, {}};
    sent.encodings.emplace_back().bytes = (i == 0 ? 0.6 : kSublayers[(i - 1) % 4].sent_mb) * 1e6;
    problem.tensors.push_back(std::move(sent));
  }
}

plan::Target board(const Kind& kind, std::size_t number, std::size_t layers, double memory_bytes) {
  plan::Target made;
  made.name = fmt::format("{}{}", kind.name, number);
  made.kind = kind.name;
  made.tier = 1;
  made.stage_overhead_ms = 0.5;
  made.memory_limit_bytes = memory_bytes;
  for (std::size_t i = 0; i < layers; ++i) {
    const double wobble = 1 + 0.07 * static_cast<double>(i * 7 % 5) / 5;  // layers are not quite alike
    made.block_ms.push_back(wobble * kSublayers[i % 4].ms / (i % 4 < 2 ? kind.attention : kind.dense));
  }
  return made;
}

}  // namespace

plan::Problem vision_transformer(std::size_t layers) {
  plan::Problem problem;
  problem.tiers = {"source", "boards"};
  problem.answer_bytes = 4'000;
  add_blocks(problem, layers);
  plan::Target source = board({"source", 1, 0.05, 0.05}, 0, layers, 0);
  source.tier = 0;
  problem.targets.push_back(source);
  double model_bytes = 0;
  for (const auto& block : problem.blocks) model_bytes += block.memory_bytes;
  for (const Kind& kind : kKinds) {
    for (std::size_t i = 1; i <= kind.count; ++i) problem.targets.push_back(board(kind, i, layers, model_bytes * 0.45));
  }
  for (std::size_t from = 0; from < problem.targets.size(); ++from) {
    for (std::size_t to = 1; to < problem.targets.size(); ++to) {
      if (from != to) problem.links.push_back({from, to, 2, 1'000, 1'000});
    }
  }
  return problem;
}

plan::Problem in_order_of_file(plan::Problem cluster) {
  std::erase_if(cluster.links, [](const plan::Link& link) { return link.from > link.to; });
  return cluster;
}

}  // namespace tandem::bench
