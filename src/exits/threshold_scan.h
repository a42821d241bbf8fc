// A step of the threshold search: all policies that differ in the thresholds of two exits. Private to exits/.
#pragma once

#include <cstddef>

#include "exits/known_policies.h"
#include "exits/threshold_grid.h"

namespace tandem::exits {

// Looks at every policy that equals `choice` but for the thresholds of first < second, and keeps those that are cheaper
// than the known ones. Touches each sample once for each of the two exits, however many thresholds they have.
void scan(const ThresholdGrid& grid, Choice choice, std::size_t first, std::size_t second, KnownPolicies& known);

}  // namespace tandem::exits
