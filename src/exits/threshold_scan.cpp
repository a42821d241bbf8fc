#include "exits/threshold_scan.h"

#include <algorithm>

namespace tandem::exits {
namespace {

// The state of a scan of two exits, both in use, while the threshold of the first rises.
struct Pair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::vector<double> costs = {};          // by exit: of a request that stops there
  std::vector<std::size_t> stops = {};     // by sample: where it stops if it passes both
  Tally total = {};                        // while no sample passes the second
  std::vector<Tally> passing_second = {};  // by candidates reached there: the change when these samples pass it too
  double reach_first = 0;                  // samples
  double reach_second = 0;
};

Tally tally_at(const ThresholdGrid& grid, const Pair& pair, std::size_t exit, std::size_t sample) {
  return {pair.costs[exit], grid.samples().is_right[exit][sample] ? 1 : 0};
}

// No sample passes the first exit.
Pair begin(const ThresholdGrid& grid, Choice choice, std::size_t first, std::size_t second) {
  choice[first] = choice[second] = 0;
  Pair pair{first, second, grid.costs_along(choice)};
  choice[first] = grid.unused(first);
  choice[second] = grid.unused(second);
  pair.passing_second.resize(grid.unused(second) + 1);
  for (std::size_t sample = 0; sample < grid.samples().sample_count(); ++sample) {
    pair.stops.push_back(grid.stop_of(sample, choice));
    pair.total.add(tally_at(grid, pair, std::min(first, pair.stops.back()), sample));
    if (pair.stops.back() > first) ++pair.reach_first;
  }
  return pair;
}

void pass_first(const ThresholdGrid& grid, Pair& pair, std::size_t sample) {
  const std::size_t stop = pair.stops[sample];
  if (stop < pair.first) return;
  pair.total.add(tally_at(grid, pair, pair.first, sample), -1);
  pair.total.add(tally_at(grid, pair, std::min(pair.second, stop), sample));
  if (stop < pair.second) return;
  ++pair.reach_second;
  Tally& passing = pair.passing_second[grid.reached(pair.second, sample)];
  passing.add(tally_at(grid, pair, pair.second, sample), -1);
  passing.add(tally_at(grid, pair, stop, sample));
}

// Every threshold of the second exit, at one of the first.
void scan_second(const ThresholdGrid& grid, const Pair& pair, Choice& choice, KnownPolicies& known) {
  const auto& head_cost = grid.costs().head_cost;
  Tally here = pair.total;
  if (choice[pair.first] == grid.unused(pair.first)) here.cost -= head_cost[pair.first] * pair.reach_first;
  std::size_t& second = choice[pair.second];
  for (second = 0; second < grid.options(pair.second); ++second) {
    here.add(pair.passing_second[second]);
    if (second == grid.unused(pair.second)) here.cost -= head_cost[pair.second] * pair.reach_second;
    known.keep(here, choice);
  }
}

}  // namespace

void scan(const ThresholdGrid& grid, Choice choice, std::size_t first, std::size_t second, KnownPolicies& known) {
  Pair pair = begin(grid, choice, first, second);
  for (choice[first] = 0; choice[first] < grid.options(first); ++choice[first]) {
    for (const std::size_t sample : grid.samples_reaching(first, choice[first])) pass_first(grid, pair, sample);
    scan_second(grid, pair, choice, known);
  }
}

}  // namespace tandem::exits
