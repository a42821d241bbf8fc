#include "workload_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tandem::bench {
namespace {

constexpr double kMemoryBytes = 17185374208;  // as published
constexpr double kLayerBytesPerMs = 2147483648;
constexpr double kOperatorBytesPerMs = 12e6;

// A graph of work, then a problem. Nodes are added after those that they read.
class Workload {
 public:
  Workload(double cpu_factor, double bytes_per_ms, unsigned seed)
      : cpu_factor_(cpu_factor), bytes_per_ms_(bytes_per_ms), random_(seed) {}

  // A node that takes `ms` on an accelerator, somewhat off; returns its number.
  std::size_t add(double ms, double output_bytes, double memory_bytes, const std::vector<std::size_t>& sources) {
    const std::size_t node = ms_.size();
    ms_.push_back(ms * std::exp(noise_(random_)));
    memory_bytes_.push_back(memory_bytes);
    output_bytes_.push_back(output_bytes);
    readers_.emplace_back();
    for (const std::size_t source : sources) readers_[source].push_back(node);
    return node;
  }

  plan::Problem on(std::size_t accelerators, double memory_limit_bytes = kMemoryBytes) const {
    plan::Problem problem;
    problem.objective.kind = plan::ObjectiveKind::Throughput;
    for (std::size_t node = 0; node < ms_.size(); ++node)
      problem.blocks.push_back({fmt::format("node{}", node), node, node + 1, memory_bytes_[node]});
    for (std::size_t node = 0; node < ms_.size(); ++node) {
      if (!readers_[node].empty()) problem.tensors.push_back(tensor(node, accelerators));
    }
    for (std::size_t i = 0; i <= accelerators; ++i) add_target(problem, i, memory_limit_bytes);
    for (std::size_t from = 0; from <= accelerators; ++from) {
      for (std::size_t to = from + 1; to <= accelerators; ++to) problem.links.push_back({from, to, 0, 1e6, 1e6});
    }
    return problem;
  }

  std::size_t size() const { return ms_.size(); }
  double memory_bytes() const {
    double sum = 0;
    for (const double bytes : memory_bytes_) sum += bytes;
    return sum;
  }

 private:
  plan::Tensor tensor(std::size_t node, std::size_t accelerators) const {
    plan::Tensor made{fmt::format("t{}", node), node, readers_[node], {}};
    made.encodings.emplace_back().encode_ms.assign(accelerators + 1, output_bytes_[node] / bytes_per_ms_);
    made.encodings[0].encode_ms[0] = 0;
    made.encodings[0].decode_ms = made.encodings[0].encode_ms;
    return made;
  }

  void add_target(plan::Problem& problem, std::size_t tier, double memory_limit_bytes) const {
    problem.tiers.push_back(tier == 0 ? "cpu" : fmt::format("accelerator{}", tier));
    plan::Target target;
    target.name = problem.tiers.back();
    target.tier = tier;
    target.block_ms = ms_;
    if (tier > 0) target.memory_limit_bytes = memory_limit_bytes;
    for (double& ms : target.block_ms) ms *= tier == 0 ? cpu_factor_ : 1;
    problem.targets.push_back(std::move(target));
  }

  const double cpu_factor_, bytes_per_ms_;
  std::mt19937 random_;
  mutable std::normal_distribution<double> noise_{0, 0.03};
  std::vector<double> ms_, memory_bytes_, output_bytes_;
  std::vector<std::vector<std::size_t>> readers_;
};

// An embedding, 24 layers that all read a mask, a pooler and a head with two outputs.
Workload bert24(unsigned seed) {
  Workload work(10, kLayerBytesPerMs, seed);
  const std::size_t ids = work.add(0, 0, 0, {});
  const std::size_t types = work.add(0, 0, 0, {});
  const std::size_t mask = work.add(0, 0, 0, {});
  std::size_t last = work.add(0.7, 4.2e6, 131e6, {ids, types});
  for (int layer = 0; layer < 24; ++layer) last = work.add(3.6, 4.2e6, 54.6e6, {last, mask});
  const std::size_t pooled = work.add(0.17, 8192, 4.2e6, {last});
  const std::size_t head = work.add(5.66, 125e6, 254e6, {last, pooled});
  work.add(0, 0, 125e6, {head});
  work.add(0, 0, 16, {head});
  return work;
}

constexpr double kMaskBytes = 24576;

// Layers of attention and a feed-forward part, as single operators; each reads the mask.
Workload bert(int layers, unsigned seed, double mask_bytes = kMaskBytes) {
  constexpr double kTensor = 1.57e6, kScores = 12.6e6, kWide = 6.3e6;
  Workload work(23, kOperatorBytesPerMs, seed);
  const auto chain = [&](std::size_t from, const std::vector<double>& times, double bytes, double memory_bytes) {
    for (const double ms : times) from = work.add(ms, bytes, memory_bytes / static_cast<double>(times.size()), {from});
    return from;
  };
  const std::size_t ids = work.add(0, 16, 0, {});
  const std::size_t mask = chain(work.add(0, 16, 0, {}), {0.001, 0.001, 0.002}, mask_bytes, 0);
  const std::size_t words = work.add(0.049, kTensor, 15.6e6, {ids});
  const std::size_t places = work.add(0.049, kTensor, 0.3e6, {ids});
  std::size_t last = work.add(0.049, kTensor, 0, {words, places});
  last = chain(last, {0.197, 0.05}, kTensor, 1e5);
  for (int layer = 0; layer < layers; ++layer) {
    const std::size_t query = chain(last, {0.0345, 0.049, 0.024, 0.049}, kTensor, 65536);
    const std::size_t key = chain(last, {0.0345, 0.049, 0.024, 0.049}, kTensor, 65536);
    const std::size_t value = chain(last, {0.0345, 0.049, 0.024, 0.049}, kTensor, 65536);
    std::size_t scores = chain(work.add(0.28, kScores, 0, {query, key}), {0.39}, kScores, 0);
    scores = chain(work.add(0.39, kScores, 0, {scores, mask}), {0.7, 0.39}, kScores, 0);
    std::size_t next =
        chain(work.add(0.28, kTensor, 0, {scores, value}), {0.049, 0.024, 0.035, 0.049, 0.05}, kTensor, 65536);
    const std::size_t middle = chain(work.add(0.049, kTensor, 0, {next, last}), {0.197}, kTensor, 1024);
    next = chain(chain(middle, {0.55, 0.2, 0.9}, kWide, 2.1e6), {0.55, 0.049, 0.05}, kTensor, 2.1e6);
    last = chain(work.add(0.049, kTensor, 0, {next, middle}), {0.197}, kTensor, 1024);
  }
  chain(chain(last, {0.01, 0.01}, 512, 65536), {0.001}, 8, 1024);
  chain(chain(last, {0.035, 0.049, 0.2, 0.197}, kTensor, 65536), {3, 1.5}, 90e6, 15e6);
  return work;
}

// Eight encoder and eight decoder layers of LSTM with residual connections; each decoder layer reads the attention's
// context, and a state of its own that costs nothing.
Workload gnmt(unsigned seed) {
  constexpr double kTensor = 13.1e6, kPair = 14.2e6, kState = 524288;
  Workload work(10, kLayerBytesPerMs, seed);
  const std::size_t source = work.add(0, 0, 0, {});
  const std::size_t lengths = work.add(0, 0, 0, {});
  const std::size_t words = work.add(0.14, kTensor, 145e6, {source});
  std::size_t last = work.add(14.1, 2 * kTensor, 93e6, {words, lengths});
  std::size_t lstm = work.add(10.3, kPair, 64.5e6, {work.add(0.186, 2 * kTensor, 26e6, {last})});
  last = work.add(0, kTensor, 13.1e6, {lstm});
  work.add(0, kState, kState, {lstm});
  for (int layer = 0; layer < 6; ++layer) {
    lstm = work.add(6.95, kPair, 47.7e6, {work.add(0.122, kTensor, 13.1e6, {last})});
    const std::size_t output = work.add(0, kTensor, 13.1e6, {lstm});
    work.add(0, kState, kState, {lstm});
    last = work.add(0, kTensor, 13.1e6, {output, last});
  }
  const std::size_t states = work.add(0, 0, 0, {});
  const std::size_t target = work.add(0.128, kTensor, 145e6, {work.add(0, 0, 0, {})});
  lstm = work.add(15.2, 27.6e6, 69.6e6, {target, work.add(0, 0, 0, {states}), last, lengths});
  last = work.add(0, kTensor, 13.1e6, {lstm});
  work.add(0, kState, kState, {lstm});
  const std::size_t context = work.add(0, kState, kState, {lstm});
  work.add(0, kTensor, 13.1e6, {lstm});
  for (int layer = 0; layer < 7; ++layer) {
    const std::size_t joined = work.add(0, kTensor, 13.1e6, {work.add(0.12, kTensor, 13.1e6, {last}), context});
    lstm = work.add(10.6, kPair, 64.5e6, {joined, work.add(0, 0, 0, {states})});
    const std::size_t output = work.add(0, kTensor, 13.1e6, {lstm});
    work.add(0, kState, kState, {lstm});
    last = layer == 0 ? output : work.add(0, kTensor, 13.1e6, {output, last});
  }
  work.add(24.8, 0, 546e6, {last});
  return work;
}

// Whether a node has nothing to do: as layers of a profile, such nodes take no time.
bool is_idle(const model::Layer& layer) {
  return layer.op_type == "Concat" || layer.op_type == "Flatten" || layer.op_type == "Reshape";
}

Workload network_of(const model::Graph& graph, bool is_by_layer, unsigned seed) {
  Workload work(is_by_layer ? 10 : 23, is_by_layer ? kLayerBytesPerMs : kOperatorBytesPerMs, seed);
  const double batch = is_by_layer ? 32 : 1;
  for (const auto& layer : graph.layers) {
    std::vector<std::size_t> sources;
    for (const auto& info : graph.tensors) {
      const bool reads = std::ranges::find(info.consumers, work.size()) != info.consumers.end();
      if (reads && info.producer != model::kNoLayer) sources.push_back(info.producer);
    }
    const auto bytes = batch * static_cast<double>(layer.output_bytes);
    const double ms = batch * static_cast<double>(layer.multiply_accumulates) / 4e9 + bytes / 2e8 + 0.01;
    work.add(is_by_layer && is_idle(layer) ? 0 : ms, bytes, 4 * static_cast<double>(layer.parameters) + bytes, sources);
  }
  return work;
}

}  // namespace

std::vector<WorkloadCase> workload_cases(const std::function<const model::Graph&(const std::string&)>& network,
                                         unsigned seed) {
  const Workload small_bert = bert(3, seed);
  return {{"bert24, layers", bert24(seed).on(6)},
          {"bert-3, operators", small_bert.on(3)},
          {"bert-3, operators, little memory", small_bert.on(4, 1.15 * small_bert.memory_bytes() / 4)},
          {"bert-6, operators", bert(6, seed).on(6)},
          {"bert-12, operators", bert(12, seed).on(6)},
          {"bert-6, operators, wide mask", bert(6, seed, 1.2e7).on(6)},
          {"bert-12, operators, wide mask", bert(12, seed, 1.2e7).on(6)},
          {"gnmt, layers", gnmt(seed).on(6)},
          {"resnet50, layers", network_of(network("resnet50"), true, seed).on(6)},
          {"resnet50, operators", network_of(network("resnet50"), false, seed).on(6)},
          {"inceptionv3, layers", network_of(network("inceptionv3"), true, seed).on(6)},
          {"inceptionv3, operators", network_of(network("inceptionv3"), false, seed).on(6)}};
}

}  // namespace tandem::bench
