#include "exits/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "exits/threshold_search.h"

namespace tandem::exits {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, what);
}

void check_costs(const std::vector<double>& costs, std::size_t exit_count, const char* name) {
  if (costs.size() != exit_count)
    fail(fmt::format("exit costs: {} has {} numbers, expected one for each of {} exits", name, costs.size(),
                     exit_count));
  for (const double each : costs) {
    if (!std::isfinite(each) || each < 0)
      fail(fmt::format("exit costs: a {} is {}, expected a number of at least 0", name, each));
  }
}

void check_costs(const Samples& samples, const ExitCosts& costs) {
  check_costs(costs.trunk_cost, samples.exit_count(), "trunk_cost");
  check_costs(costs.head_cost, samples.exit_count(), "head_cost");
}

// A replay checks all that a search relies on.
ThresholdGrid checked_grid(const Samples& samples, const ExitCosts& costs, std::size_t candidates) {
  if (samples.exit_count() == 0) fail("exit statistics: no exits, expected at least one");
  if (candidates == 0) fail("thresholds: 0 candidates, expected at least 1");
  evaluate(samples, costs, {{0}, {}});
  return {samples, costs, candidates};
}

// Without exits where no sample stops.
ThresholdPolicy policy_of(const ThresholdGrid& grid, const Choice& choice) {
  std::vector<bool> is_reached(grid.last() + 1, false);
  for (std::size_t sample = 0; sample < grid.samples().sample_count(); ++sample)
    is_reached[grid.stop_of(sample, choice)] = true;
  ThresholdPolicy policy;
  for (std::size_t exit = 0; exit <= grid.last(); ++exit) {
    if (!is_reached[exit]) continue;
    policy.exits.push_back(exit);
    policy.thresholds.push_back(grid.candidates(exit)[choice[exit]]);
  }
  policy.thresholds.pop_back();
  return evaluate(grid.samples(), grid.costs(), policy);
}

}  // namespace

ThresholdPolicy evaluate(const Samples& samples, const ExitCosts& costs, ThresholdPolicy policy) {
  check_costs(samples, costs);
  const Stops stops = count_stops(samples, policy.exits, policy.thresholds);
  const auto count = static_cast<double>(samples.sample_count());
  double sum = 0;
  double heads = 0;
  policy.shares.clear();
  for (std::size_t i = 0; i < policy.exits.size(); ++i) {
    policy.shares.push_back(static_cast<double>(stops.counts[i]) / count);
    heads += costs.head_cost[policy.exits[i]];
    sum += static_cast<double>(stops.counts[i]) * (costs.trunk_cost[policy.exits[i]] + heads);
  }
  policy.mean_cost = sum / count;
  policy.accuracy = stops.accuracy;
  return policy;
}

ThresholdPolicy cheapest(const Samples& samples, const ExitCosts& costs, double least_accuracy,
                         std::size_t candidates) {
  const ThresholdGrid grid = checked_grid(samples, costs, candidates);
  if (!std::isfinite(least_accuracy))
    fail(fmt::format("thresholds: an accuracy of {} %, expected a number", least_accuracy));
  const double share = std::clamp((least_accuracy - kRounding) / 100, 0.0, 1.0);
  const auto least_right = static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.sample_count())));
  KnownPolicies known = search(grid);
  improve(grid, known, least_right);
  ThresholdPolicy policy = policy_of(grid, known.choice(known.best_with(least_right)));
  if (policy.accuracy >= least_accuracy - kRounding) return policy;
  throw base::Error(
      base::ErrorKind::NotFound,
      fmt::format("thresholds: no policy has an accuracy of {:.2f} %, the best has {:.2f} %: ask for less",
                  least_accuracy, policy.accuracy));
}

std::vector<ThresholdPolicy> front(const Samples& samples, const ExitCosts& costs, std::size_t count,
                                   std::size_t candidates) {
  const ThresholdGrid grid = checked_grid(samples, costs, candidates);
  const KnownPolicies known = search(grid);
  std::vector<ThresholdPolicy> policies;
  for (const std::size_t right : known.spread(count, fixed_choices(grid)))
    policies.push_back(policy_of(grid, known.choice(right)));
  return policies;
}

}  // namespace tandem::exits
