// Decisions and prices as JSON, and random problems of every magnitude: what an evaluator that knows only
// docs/pricing.md is compared with. For the program pricing_cases. Private to plan/.
#pragma once

#include <cstddef>
#include <random>

#include <nlohmann/json_fwd.hpp>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// A random problem (random_problem.h) with times, sizes, bandwidths, powers and weights between 1e-6 and 1e9, and one
// of its decisions. Limits are near the decision's values: now and then just inside or just outside the tolerance.
struct PricingCase {
  Problem problem;
  Decision decision;
};
PricingCase any_case(std::mt19937& random);

// A decision as docs/pricing.md writes it. Reading checks names only: price() checks the rest.
nlohmann::ordered_json to_json(const Problem& problem, const Decision& decision);
Decision decision_from_json(const Problem& problem, const nlohmann::ordered_json& json);

// The figures of price(), whether each constraint is kept, and whether the plan is feasible.
nlohmann::ordered_json price_json(const Problem& problem, const Decision& decision);

}  // namespace tandem::plan
