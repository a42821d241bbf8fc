#include "question_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "plan/problem/constraint_text.h"

namespace tandem::bench {
namespace {

struct Machine {
  const char* name;
  double macs_per_ms;
};
constexpr Machine kMachines[] = {{"device", 20e6}, {"edge", 40e6}, {"cloud", 60e6}};

plan::Target target(const model::Graph& graph, const Machine& machine, std::size_t tier, std::mt19937& random) {
  std::normal_distribution<double> noise(0, 0.15);
  plan::Target made;
  made.name = machine.name;
  made.tier = tier;
  made.stage_overhead_ms = 0.05;
  for (const auto& layer : graph.layers) {
    const double ms = static_cast<double>(layer.multiply_accumulates) / machine.macs_per_ms +
                      static_cast<double>(layer.output_bytes) / machine.macs_per_ms / 4 + 0.01;
    made.block_ms.push_back(ms * std::exp(noise(random)));
  }
  return made;
}

plan::Tensor tensor(const model::TensorInfo& info) {
  plan::Tensor made{info.name, info.producer == model::kNoLayer ? plan::kNone : info.producer, info.consumers, {}};
  if (info.can_be_sent()) made.encodings.emplace_back().bytes = static_cast<double>(info.size_bytes);
  return made;
}

double whole_ms(const plan::Target& target) {
  return std::accumulate(target.block_ms.begin(), target.block_ms.end(), 0.0);
}

// What one question asks for, by how much it restricts.
struct Limits {
  std::string period, compute, exchange, memory, use;
};

Limits slack_limits(const plan::Problem& machines, double memory_bytes) {
  const double fastest_ms = whole_ms(machines.targets.back());
  return {fmt::format("period <= {:.6g}ms", 1.2 * fastest_ms), "compute(edge) <= 30%", "exchange <= 100ms",
          fmt::format("memory <= {:.0f}B", 1.1 * memory_bytes), "use cloud"};
}

Limits tight_limits(const plan::Problem& machines, double memory_bytes) {
  const double fastest_ms = whole_ms(machines.targets.back());
  return {fmt::format("period <= {:.6g}ms", 0.8 * fastest_ms), "compute(cloud) <= 60%", "exchange <= 20ms",
          fmt::format("memory <= {:.0f}B", 0.6 * memory_bytes), "use edge"};
}

class Cases {
 public:
  explicit Cases(const plan::Problem& machines) : machines_(machines) {}

  void add(const std::vector<std::string>& limits, bool is_throughput = false) {
    QuestionCase made{is_throughput ? "throughput" : "latency", machines_};
    if (is_throughput) made.problem.objective.kind = plan::ObjectiveKind::Throughput;
    for (const auto& limit : limits) {
      made.problem.constraints.push_back(plan::parse_constraint(machines_, limit));
      made.text += "; " + limit;
    }
    cases_.push_back(std::move(made));
  }

  void add_pairs(const Limits& limits) {
    const std::string all[] = {limits.period, limits.compute, limits.exchange, limits.memory, limits.use};
    for (std::size_t i = 0; i < std::size(all); ++i) {
      for (std::size_t k = i + 1; k < std::size(all); ++k) add({all[i], all[k]});
    }
  }

  std::vector<QuestionCase> take() { return std::move(cases_); }

 private:
  const plan::Problem& machines_;
  std::vector<QuestionCase> cases_;
};

}  // namespace

plan::Problem comparable_machines(const model::Graph& graph, unsigned seed) {
  std::mt19937 random(seed);
  plan::Problem problem;
  problem.tiers = {"device", "edge", "cloud"};
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const auto& layer = graph.layers[i];
    problem.blocks.push_back({layer.name, i, i + 1, 4.0 * static_cast<double>(layer.parameters)});
  }
  for (const auto& info : graph.tensors) {
    if (!info.consumers.empty()) problem.tensors.push_back(tensor(info));
  }
  for (std::size_t tier = 0; tier < std::size(kMachines); ++tier)
    problem.targets.push_back(target(graph, kMachines[tier], tier, random));
  problem.links = {{0, 1, 0.5, 1000, 1000}, {0, 2, 5, 500, 500}, {1, 2, 5, 1000, 1000}};
  problem.answer_bytes = 4000;
  return problem;
}

std::vector<QuestionCase> question_cases(const plan::Problem& machines) {
  double memory_bytes = 0;
  for (const auto& block : machines.blocks) memory_bytes += block.memory_bytes;
  const Limits slack = slack_limits(machines, memory_bytes);
  const Limits tight = tight_limits(machines, memory_bytes);
  Cases cases(machines);
  for (const Limits* limits : {&slack, &tight}) {
    for (const auto& limit : {limits->period, limits->compute, limits->exchange, limits->memory, limits->use})
      cases.add({limit});
  }
  cases.add_pairs(tight);
  cases.add({slack.period, slack.compute});
  cases.add({slack.exchange, slack.memory});
  cases.add({slack.compute, tight.period});
  cases.add({slack.exchange, tight.memory});
  cases.add({"use edge", "use device"});
  cases.add({}, true);
  for (const auto& limit : {tight.compute, tight.exchange, tight.memory, slack.compute}) cases.add({limit}, true);
  return cases.take();
}

}  // namespace tandem::bench
