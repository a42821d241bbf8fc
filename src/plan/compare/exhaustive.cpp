// Exhaustive search: every decision that the problem allows, priced by the judge; the best that keeps all limits. Equal
// to the planner's answer wherever it comes to an end.
#include <fmt/format.h>

#include <algorithm>

#include "plan/compare/compare.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostSteps = 2'000'000'000;  // of some nanoseconds: of large problems, few decisions are tried

}  // namespace

Choice choose_exhaustive(const Problem& problem, const CompareOptions& options) {
  const std::size_t steps = problem.blocks.size() * (problem.tensors.size() + 1);
  const std::size_t most = std::min(options.most_decisions, kMostSteps / std::max<std::size_t>(1, steps));
  const auto decisions = every_decision(problem, most + 1);
  if (decisions.size() > most) return {{}, fmt::format("more than {} decisions", most), ""};
  std::optional<Plan> best;
  for (const auto& decision : decisions) {
    if (options.must_stop && options.must_stop()) return {{}, "stopped at the time limit", ""};
    Plan plan = price(problem, decision);
    if (!is_feasible(problem, plan)) continue;
    const bool is_tied = best && is_same_cost(plan.cost, best->cost);
    if (!best || (is_tied ? plan.latency_ms < best->latency_ms : plan.cost < best->cost)) best = std::move(plan);
  }
  if (!best) return {{}, "no decision keeps all limits", ""};
  return {std::move(best->decision), "", ""};
}

}  // namespace tandem::plan
