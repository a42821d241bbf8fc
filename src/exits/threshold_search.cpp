#include "exits/threshold_search.h"

#include <algorithm>

#include "exits/threshold_scan.h"

namespace tandem::exits {
namespace {

constexpr double kMostScans = 200;  // to find the exact answer
constexpr std::size_t kEvenStarts = 9;
constexpr std::size_t kDescents = 24;

bool is_exhaustive(const ThresholdGrid& grid) {
  double scans = 1;
  for (std::size_t exit = 0; exit + 3 <= grid.last(); ++exit) scans *= static_cast<double>(grid.options(exit));
  return scans <= kMostScans;
}

// Of all samples at this exit.
Tally tally_of(const ThresholdGrid& grid, std::size_t exit) {
  const auto& is_right = grid.samples().is_right[exit];
  return {static_cast<double>(is_right.size()) * (grid.costs().trunk_cost[exit] + grid.costs().head_cost[exit]),
          std::ranges::count(is_right, true)};
}

// A scan of the last two exits that have thresholds, for every choice of those before them from `exit` on.
void scan_all(const ThresholdGrid& grid, Choice& choice, std::size_t exit, KnownPolicies& known) {
  if (grid.last() == 0) return;  // its only policy is fixed
  if (exit + 2 >= grid.last()) return scan(grid, choice, exit, exit + 1, known);
  for (choice[exit] = 0; choice[exit] < grid.options(exit); ++choice[exit]) scan_all(grid, choice, exit + 1, known);
}

void scan_pairs(const ThresholdGrid& grid, const Choice& choice, KnownPolicies& known) {
  for (std::size_t first = 0; first < grid.last(); ++first) {
    for (std::size_t second = first + 1; second < grid.last(); ++second) scan(grid, choice, first, second, known);
  }
}

// The same share of its candidates is below the threshold at each exit.
Choice even_choice(const ThresholdGrid& grid, std::size_t i) {
  Choice choice;
  for (std::size_t exit = 0; exit <= grid.last(); ++exit) choice.push_back(grid.unused(exit) * i / (kEvenStarts + 1));
  return choice;
}

void scan_from_starts(const ThresholdGrid& grid, KnownPolicies& known) {
  for (const Choice& start : fixed_choices(grid)) scan_pairs(grid, start, known);
  for (std::size_t i = 1; i <= kEvenStarts; ++i) scan_pairs(grid, even_choice(grid, i), known);
  // Descents along the whole front: policies found for one accuracy help its neighbours.
  for (const std::size_t right : known.spread(kDescents, fixed_choices(grid))) improve(grid, known, right);
}

}  // namespace

KnownPolicies search(const ThresholdGrid& grid) {
  KnownPolicies known(grid.samples().sample_count());
  for (std::size_t exit = 0; exit <= grid.last(); ++exit) known.keep(tally_of(grid, exit), grid.fixed(exit));
  if (is_exhaustive(grid)) {
    Choice any(grid.last() + 1, 0);
    scan_all(grid, any, 0, known);
  } else {
    scan_from_starts(grid, known);
  }
  return known;
}

void improve(const ThresholdGrid& grid, KnownPolicies& known, std::size_t least_right) {
  if (is_exhaustive(grid)) return;
  Choice before;
  while (known.choice(known.best_with(least_right)) != before) {
    before = known.choice(known.best_with(least_right));
    scan_pairs(grid, before, known);
  }
}

std::vector<Choice> fixed_choices(const ThresholdGrid& grid) {
  std::vector<Choice> choices;
  for (std::size_t exit = 0; exit <= grid.last(); ++exit) choices.push_back(grid.fixed(exit));
  return choices;
}

}  // namespace tandem::exits
