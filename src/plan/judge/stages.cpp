#include "plan/judge/stages.h"

#include <algorithm>
#include <cstddef>

namespace tandem::plan {
namespace {

void add_layers(std::vector<LayerRange>& ranges, const Block& block) {
  if (!ranges.empty() && ranges.back().last == block.first) {
    ranges.back().last = block.last;
  } else {
    ranges.push_back({block.first, block.last});
  }
}

std::vector<LayerRange> layers_where(const Problem& problem, const auto& is_there) {
  std::vector<LayerRange> ranges;
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (is_there(block)) add_layers(ranges, problem.blocks[block]);
  }
  return ranges;
}

SentTensor sent_tensor(const Problem& problem, std::size_t tensor, std::size_t encoding) {
  const Encoding& how = problem.tensors[tensor].encodings[encoding];
  return {problem.tensors[tensor].name, how.codec, how.bytes};
}

Offload offload_of(const Problem& problem, const Decision& decision, const OffloadBill& bill) {
  const OffloadPlace place{bill.stage, bill.step, bill.target};
  Offload offload;
  offload.target = problem.targets[bill.target].name;
  offload.ranges = layers_where(problem, [&](std::size_t block) { return is_at(decision, block, place); });
  offload.compute_ms = bill.compute_ms;
  offload.sent_bytes = bill.sent_bytes;
  offload.returned_bytes = bill.returned_bytes;
  offload.exchange_ms = bill.exchange_ms();
  for (const auto& handing : decision.handings) {
    if (OffloadPlace{handing.stage, handing.step, handing.target} == place)
      offload.sent.push_back(sent_tensor(problem, handing.tensor, handing.encoding));
  }
  return offload;
}

// Of a stage; empty where it has no offload.
std::vector<Step> steps_of(const Problem& problem, const Decision& decision, std::size_t stage,
                           const std::vector<StepBill>& bills) {
  std::vector<Step> steps;
  if (std::ranges::all_of(bills, [](const StepBill& bill) { return bill.offloads.empty(); })) return steps;
  for (std::size_t step = 0; step < bills.size(); ++step) {
    steps.emplace_back();
    steps[step].compute_ms = bills[step].compute_ms;
    steps[step].ranges = layers_where(problem, [&](std::size_t block) {
      return is_at(decision, block, {stage, step, kNone});
    });
    for (const auto& bill : bills[step].offloads) steps[step].offloads.push_back(offload_of(problem, decision, bill));
  }
  return steps;
}

}  // namespace

std::vector<Stage> stages_of(const Problem& problem, const Decision& decision, const Bill& mean, const Bill& latency,
                             const std::vector<std::vector<StepBill>>& steps) {
  std::vector<Stage> stages(decision.route.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].target = problem.targets[decision.route[i]].name;
    stages[i].compute_ms = latency[i].compute_ms;
    stages[i].exchange_ms = latency[i].exchange_ms();
    stages[i].sent_bytes = mean[i].sent_bytes;
    for (std::size_t b = 0; b < mean[i].bypasses.size(); ++b) {
      stages[i].bypasses.push_back({problem.targets[decision.route[mean[i].bypasses[b].to]].name,
                                    mean[i].bypasses[b].sent_bytes,
                                    latency[i].bypasses[b].exchange_ms(),
                                    {}});
    }
    stages[i].replicas = problem.targets[decision.route[i]].replicas;
    if (decision.is_parallel()) stages[i].steps = steps_of(problem, decision, i, steps[i]);
  }
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    const bool is_own =
        decision.position[block] != kNone && !(decision.is_parallel() && decision.beside[block] != kNone);
    if (is_own) add_layers(stages[decision.position[block]].ranges, problem.blocks[block]);
  }
  for (const auto& crossing : decision.crossings) {
    Stage& from = stages[crossing.hop];
    const std::string& to = stages[crossing.to()].target;
    auto& sent = crossing.past == 0 ? from.sent : std::ranges::find(from.bypasses, to, &Bypass::target)->sent;
    sent.push_back(sent_tensor(problem, crossing.tensor, crossing.encoding));
  }
  return stages;
}

}  // namespace tandem::plan
