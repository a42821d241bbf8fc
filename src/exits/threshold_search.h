// The threshold search: scans of two exits at a time, over all policies where they are few, else from several starts.
// Private to exits/.
#pragma once

#include <cstddef>
#include <vector>

#include "exits/known_policies.h"
#include "exits/threshold_grid.h"

namespace tandem::exits {

// All policies, or the best of those within reach of the starts.
KnownPolicies search(const ThresholdGrid& grid);

// Descends from the cheapest known policy with at least this many right answers: scans every pair of its exits until
// nothing is cheaper. Finds nothing after a search of all policies.
void improve(const ThresholdGrid& grid, KnownPolicies& known, std::size_t least_right);

// Choices that a spread of policies favours: those where every request stops at one exit.
std::vector<Choice> fixed_choices(const ThresholdGrid& grid);

}  // namespace tandem::exits
