// Better plans near a given one: blocks moved over a boundary of its route, with all that must move along, and other
// encodings. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <optional>

#include "plan/solve/query.h"

namespace tandem::plan {

// The plan that a descent reaches, by the query's cost and within its limits; nothing: no neighbour is better. Prices
// at most `most_steps` neighbours. The decision must keep the query's limits.
std::optional<Decision> improve(const Query& query, const Decision& decision, std::size_t most_steps);

}  // namespace tandem::plan
