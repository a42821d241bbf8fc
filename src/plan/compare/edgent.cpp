// Edgent: Li, Zeng, Zhou and Chen, "Edge AI: On-Demand Accelerating Deep Neural Network Inference via Edge Computing",
// IEEE Transactions on Wireless Communications 19(1), 2020, section III, algorithm 1. From the last exit to the
// first: the cut of least latency of the branch that ends there, and the first that keeps the deadline is taken. Its
// latency is the time of both parts and the transfer, without round trips.
//
// Here the device runs the front and the other target the rest, as in later work; in Edgent the edge server runs the
// front and the device the rest, which needs a way back for tensors. Its regressions are replaced by the problem's
// times.
#include <algorithm>

#include "plan/compare/compare.h"
#include "plan/compare/placing.h"

namespace tandem::plan {
namespace {

double deadline_of(const Problem& problem) {
  double deadline_ms = kUnlimited;
  for (const auto& constraint : problem.constraints) {
    if (constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Latency)
      deadline_ms = std::min(deadline_ms, constraint.limit);
  }
  return deadline_ms;
}

// The policies where every request stops at one exit, from the last exit to the first.
std::vector<std::size_t> single_exits(const Problem& problem) {
  std::vector<std::size_t> policies;
  for (std::size_t policy = 0; policy < problem.policies.size(); ++policy) {
    if (problem.policies[policy].exits.size() == 1) policies.push_back(policy);
  }
  std::ranges::stable_sort(policies, std::ranges::greater(),
                           [&](std::size_t policy) { return problem.policies[policy].exits[0].exit; });
  return policies;
}

// The fastest partition of a branch, by Edgent's own latency.
struct Partition {
  double latency_ms = kUnlimited;
  std::optional<Decision> decision;
};

Partition best_partition(const Problem& problem, std::size_t policy) {
  Partition best;
  for (const std::size_t remote : remotes(problem)) {
    const CutCosts costs = cut_costs(problem, policy, remote);
    for (std::size_t cut = 0; cut < costs.upload_ms.size(); ++cut) {
      const double latency_ms = costs.device_ms[cut] + costs.upload_ms[cut] + costs.remote_ms[cut];
      if (latency_ms >= best.latency_ms) continue;
      if (auto decision = cut_at(problem, policy, remote, cut, plain_encoding))
        best = {latency_ms, std::move(decision)};
    }
  }
  return best;
}

}  // namespace

Choice choose_edgent(const Problem& problem, const CompareOptions&) {
  const auto policies = single_exits(problem);
  if (policies.empty()) return {{}, "it needs exits: policies where every request stops at one", ""};
  const double deadline_ms = deadline_of(problem);
  if (deadline_ms == kUnlimited) return {{}, "it needs a deadline: --deadline", ""};
  if (remotes(problem).empty()) return {{}, "it needs a second target with a link from the first", ""};
  for (const std::size_t policy : policies) {
    Partition best = best_partition(problem, policy);
    if (best.latency_ms <= deadline_ms) return {std::move(best.decision), "", ""};
  }
  return {{}, "no exit keeps the deadline, by its own estimate", ""};
}

}  // namespace tandem::plan
