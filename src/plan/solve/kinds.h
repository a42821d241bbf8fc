// Kinds of identical machines: an exchange of two of them leaves a problem as it is. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// The `targets` by kind, in the order of their first ones. Two are of a kind if all that the problem says of them is
// equal but their names: times, limits, links to every target, membership of each constraint. The first target of the
// problem is a kind of its own.
std::vector<std::vector<std::size_t>> kinds_of(const Problem& problem, const std::vector<std::size_t>& targets);

}  // namespace tandem::plan
