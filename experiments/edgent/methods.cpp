#include "methods.h"

#include <algorithm>

#include "cost/costs.h"
#include "plan/ask/variant.h"
#include "plan/solve/solve.h"

namespace tandem::edgent {
namespace {

constexpr std::size_t kDevice = 0;
constexpr std::size_t kEdge = 1;

plan::Problem in_time(plan::Problem problem, plan::ObjectiveKind objective, double deadline_ms) {
  problem.objective.kind = objective;
  return plan::with_deadline(std::move(problem), deadline_ms);
}

plan::Problem on_device(plan::Problem problem) {
  problem.links.clear();
  return problem;
}

plan::Problem on_edge(plan::Problem problem) {
  plan::Constraint there;
  there.kind = plan::ConstraintKind::RunsOn;
  there.text = "all on the edge";
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) there.blocks.push_back(block);
  there.targets = {kEdge};
  problem.constraints.push_back(there);
  return problem;
}

std::optional<plan::Plan> best(const plan::Problem& problem) {
  auto plans = plan::solve(problem).plans;
  return plans.empty() ? std::nullopt : std::optional(std::move(plans[0]));
}

// With every request stopping at one exit, which is the only policy left; a plan speaks of all of them again.
std::optional<plan::Plan> fastest_in_time(plan::Problem problem, std::size_t exit, double deadline_ms) {
  problem.policies = {problem.policies.at(exit)};
  auto plan = best(in_time(std::move(problem), plan::ObjectiveKind::Latency, deadline_ms));
  if (plan) plan->decision.policy = exit;
  return plan;
}

std::size_t last_exit(const plan::Problem& problem) {
  return problem.exits.size() - 1;
}

std::optional<plan::Plan> device_only(const plan::Problem& problem, double deadline_ms) {
  return fastest_in_time(on_device(problem), last_exit(problem), deadline_ms);
}

std::optional<plan::Plan> edge_only(const plan::Problem& problem, double deadline_ms) {
  return fastest_in_time(on_edge(problem), last_exit(problem), deadline_ms);
}

std::optional<plan::Plan> partition_only(const plan::Problem& problem, double deadline_ms) {
  return fastest_in_time(problem, last_exit(problem), deadline_ms);
}

std::optional<plan::Plan> exits_only(const plan::Problem& problem, double deadline_ms) {
  return best(in_time(on_device(problem), plan::ObjectiveKind::Accuracy, deadline_ms));
}

// The first layers on the edge, the others on the device. As long as no layer is slower on the edge, moving one there
// costs nothing and what comes back never grows above the answer's few bytes at the end: all on the edge is the best of
// these, or nothing is sent at all (edge_first_ms() shows it).
std::optional<plan::Plan> edgent_edge_first(const plan::Problem& problem, double deadline_ms) {
  for (std::size_t exit = problem.exits.size(); exit-- > 0;) {
    auto here = fastest_in_time(on_device(problem), exit, deadline_ms);
    auto there = fastest_in_time(on_edge(problem), exit, deadline_ms);
    if (here && there) return here->latency_ms <= there->latency_ms ? here : there;
    if (here || there) return here ? here : there;
  }
  return std::nullopt;
}

std::optional<plan::Plan> edgent_device_first(const plan::Problem& problem, double deadline_ms) {
  for (std::size_t exit = problem.exits.size(); exit-- > 0;) {
    if (auto plan = fastest_in_time(problem, exit, deadline_ms)) return plan;
  }
  return std::nullopt;
}

// The blocks that lead to one of them, and itself, ascending.
std::vector<std::size_t> blocks_of(const plan::Problem& problem, std::size_t last) {
  std::vector<bool> is_needed(problem.blocks.size(), false);
  is_needed[last] = true;
  std::vector<std::size_t> blocks;
  for (std::size_t block = last + 1; block-- > 0;) {
    if (!is_needed[block]) continue;
    blocks.insert(blocks.begin(), block);
    for (const auto& tensor : problem.tensors) {
      if (tensor.producer != plan::kNone && std::ranges::find(tensor.consumers, block) != tensor.consumers.end())
        is_needed[tensor.producer] = true;
    }
  }
  return blocks;
}

// Of what the first `cut` of these blocks make (none: of what requests bring) and the others read.
double bytes_across(const plan::Problem& problem, const std::vector<std::size_t>& blocks, std::size_t cut) {
  const auto is_among = [&](std::size_t block, std::size_t first, std::size_t last) {
    const auto begin = blocks.begin();
    return std::find(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last), block) !=
           begin + static_cast<std::ptrdiff_t>(last);
  };
  double bytes = 0;
  for (const auto& tensor : problem.tensors) {
    const bool is_made = tensor.producer == plan::kNone ? cut == 0 : is_among(tensor.producer, 0, cut);
    const auto is_reader = [&](std::size_t block) { return is_among(block, cut, blocks.size()); };
    if (is_made && std::ranges::any_of(tensor.consumers, is_reader)) bytes += tensor.encodings.at(0).bytes;
  }
  return bytes;
}

std::optional<plan::Plan> tandem_plan(const plan::Problem& problem, double deadline_ms) {
  return best(in_time(problem, plan::ObjectiveKind::Accuracy, deadline_ms));
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      {"device only", "the whole network on the device, last exit", device_only},
      {"edge only", "the picture as bytes to the edge, last exit", edge_only},
      {"partition only", "cut anywhere, last exit (Neurosurgeon)", partition_only},
      {"exits only", "on the device, any fixed exit or thresholds (BranchyNet)", exits_only},
      {"Edgent, edge first", "the deepest exit in time, first layers on the edge (Algorithm 1 as published)",
       edgent_edge_first},
      {"Edgent, device first", "the deepest exit in time, first layers on the device", edgent_device_first},
      {"Tandem", "exits, thresholds and cuts chosen together for accuracy", tandem_plan},
  };
  return all;
}

std::vector<double> edge_first_ms(const plan::Problem& problem, std::size_t exit) {
  const auto blocks = blocks_of(problem, problem.exits.at(exit).block);
  const plan::Link& link = problem.links.at(0);
  double sum = 0;
  for (const std::size_t block : blocks) sum += problem.targets[kDevice].block_ms[block];
  std::vector<double> times = {sum};
  const double input_ms = cost::transfer_ms(bytes_across(problem, blocks, 0), link.upload_mbps);
  for (std::size_t cut = 1; cut <= blocks.size(); ++cut) {
    const std::size_t block = blocks[cut - 1];
    sum += problem.targets[kEdge].block_ms[block] - problem.targets[kDevice].block_ms[block];
    const double back_bytes = bytes_across(problem, blocks, cut);
    times.push_back(sum + input_ms + cost::transfer_ms(back_bytes, link.download_mbps));
  }
  return times;
}

}  // namespace tandem::edgent
