#include "plan/problem/test_problems.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

Tensor plain_tensor(std::string name, std::size_t producer, std::vector<std::size_t> consumers, double bytes) {
  Encoding raw;
  raw.bytes = bytes;
  return {std::move(name), producer, std::move(consumers), {raw}};
}

Target plain_target(std::string name, std::size_t tier, double overhead_ms, std::vector<double> block_ms) {
  Target target;
  target.name = std::move(name);
  target.tier = tier;
  target.stage_overhead_ms = overhead_ms;
  target.block_ms = std::move(block_ms);
  return target;
}

}  // namespace

Problem three_targets() {
  Problem problem;
  problem.tiers = {"device", "edge", "cloud"};
  problem.blocks = {{"a", 0, 3, 100}, {"b", 3, 6, 200}, {"c", 6, 9, 400}};
  problem.tensors = {plain_tensor("input", kNone, {0}, 100'000), plain_tensor("a.out", 0, {1}, 10'000),
                     plain_tensor("b.out", 1, {2}, 2'000)};
  problem.targets = {plain_target("device", 0, 1, {10, 20, 30}), plain_target("edge", 1, 2, {5, 10, 15}),
                     plain_target("cloud", 2, 4, {1, 2, 3})};
  problem.links = {{0, 1, 2, 8, 8}, {1, 2, 4, 80, 80}, {0, 2, 10, 8, 16}};
  problem.answer_bytes = 1'000;
  return problem;
}

Problem two_branches() {
  Problem problem;
  problem.tiers = {"device", "edge"};
  problem.blocks = {{"stem", 0, 2, 10}, {"left", 2, 3, 20}, {"right", 3, 5, 40}, {"join", 5, 6, 80}};
  problem.tensors = {plain_tensor("input", kNone, {0}, 1'000'000), plain_tensor("stem.out", 0, {1, 2}, 10'000),
                     plain_tensor("left.out", 1, {3}, 10'000), plain_tensor("right.out", 2, {3}, 5'000)};
  problem.targets = {plain_target("device", 0, 1, {10, 20, 30, 5}), plain_target("edge", 1, 2, {5, 10, 15, 2.5})};
  problem.targets[0].exit_ms = 0.5;
  problem.links = {{0, 1, 1, 80, 40}};
  problem.answer_bytes = 1'000;
  problem.allows_parallel = true;
  return problem;
}

Decision branch_on_edge() {
  Decision decision{0, {0}, {0, 0, 0, 0}, {}};
  decision.step = {0, 1, 1, 2};
  decision.beside = {kNone, kNone, 1, kNone};
  decision.handings = {{0, 1, 1, 1, 0}};
  return decision;
}

Problem with_early_exit() {
  Problem problem = three_targets();
  problem.blocks[1].name = "head";
  problem.tensors = {plain_tensor("input", kNone, {0}, 100'000), plain_tensor("a.out", 0, {1, 2}, 10'000)};
  problem.exits = {{"early", 1}, {"final", 2}};
  return problem;
}

Problem with_half_exiting() {
  Problem problem = with_early_exit();
  problem.policies = {{"early ≥ 0.90, final", {{0, 0.5, 0.9}, {1, 0.5, 0}}, 80}};
  return problem;
}

Constraint at_most(Metric metric, double limit, std::vector<std::size_t> targets) {
  Constraint constraint;
  constraint.metric = metric;
  constraint.limit = limit;
  constraint.targets = std::move(targets);
  return constraint;
}

Decision decide(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position,
                std::size_t policy) {
  Decision decision{policy, std::move(route), std::move(position), {}};
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    const std::size_t producer = problem.tensors[tensor].producer;
    const std::size_t start = producer == kNone ? 0 : decision.position[producer];
    std::size_t last = 0;
    for (const std::size_t consumer : problem.tensors[tensor].consumers) {
      if (decision.position[consumer] != kNone) last = std::max(last, decision.position[consumer]);
    }
    for (std::size_t hop = start; hop < last; ++hop) decision.crossings.push_back({hop, tensor, 0});
  }
  std::ranges::sort(decision.crossings);
  return decision;
}

std::string complaint_about(const Problem& problem) {
  try {
    check(problem, "problem.json");
  } catch (const base::Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace tandem::plan
