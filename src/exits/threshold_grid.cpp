#include "exits/threshold_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"

namespace tandem::exits {
namespace {

// At most `most` of the confidences, ascending; the least is always among them.
std::vector<float> quantiles_of(std::vector<float> confidences, std::size_t most) {
  for (const float each : confidences) {
    if (!std::isfinite(each))
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("exit statistics: a confidence is {}, expected a finite number", each));
  }
  std::ranges::sort(confidences);
  std::vector<float> distinct;
  std::ranges::unique_copy(confidences, std::back_inserter(distinct));
  if (distinct.size() <= most) return distinct;
  std::vector<float> quantiles;
  for (std::size_t i = 0; i < most; ++i)
    quantiles.push_back(confidences[i * (confidences.size() - 1) / std::max<std::size_t>(most - 1, 1)]);
  quantiles.erase(std::ranges::unique(quantiles).begin(), quantiles.end());
  return quantiles;
}

}  // namespace

ThresholdGrid::ThresholdGrid(const Samples& samples, const ExitCosts& costs, std::size_t most)
    : samples_(samples), costs_(costs) {
  const std::size_t exits = samples.exit_count();
  for (std::size_t exit = 0; exit < exits; ++exit) add_exit(exit, exit + 1 == exits ? 1 : most);
}

void ThresholdGrid::add_exit(std::size_t exit, std::size_t most) {
  const auto& confidences = samples_.confidence[exit];
  candidates_.push_back(quantiles_of(confidences, most));
  const auto& candidates = candidates_.back();
  reached_.emplace_back();
  samples_reaching_.emplace_back(candidates.size() + 1);
  for (std::size_t sample = 0; sample < confidences.size(); ++sample) {
    const auto count = std::ranges::upper_bound(candidates, confidences[sample]) - candidates.begin();
    reached_.back().push_back(static_cast<std::uint32_t>(count));
    samples_reaching_.back()[static_cast<std::size_t>(count)].push_back(static_cast<std::uint32_t>(sample));
  }
}

Choice ThresholdGrid::fixed(std::size_t stop) const {
  Choice choice;
  for (std::size_t exit = 0; exit <= last(); ++exit)
    choice.push_back(exit == stop || exit == last() ? 0 : unused(exit));
  return choice;
}

std::vector<double> ThresholdGrid::costs_along(const Choice& choice) const {
  std::vector<double> costs;
  double heads = 0;
  for (std::size_t exit = 0; exit <= last(); ++exit) {
    if (choice[exit] < unused(exit)) heads += costs_.head_cost[exit];
    costs.push_back(costs_.trunk_cost[exit] + heads);
  }
  return costs;
}

}  // namespace tandem::exits
