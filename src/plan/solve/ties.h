// Plans of equal cost: the question that puts the fastest of them first (docs/decisions/0039-order-of-plans.md).
// Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// Whether plans of equal cost may differ in latency.
bool may_tie(const Objective& objective);

// The query's own question, asked again for the fastest plans: of those that cost at most `cost`, the ones that take at
// most `latency_ms`. The query must not have a fixed cost. Its search stops by itself after a number of steps.
Query fastest_within(double cost, double latency_ms, Query query);

}  // namespace tandem::plan
