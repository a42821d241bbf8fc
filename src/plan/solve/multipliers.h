// Lagrange multipliers: limits, memory and periods as terms of a sum. Private to plan/solve/.
#pragma once

#include <vector>

#include "plan/solve/query.h"
#include "plan/solve/routes.h"

namespace tandem::plan {

// Multipliers of the query's limits, and weights of the busy times.
struct Weights {
  double objective = 1;
  std::vector<double> limits;           // by limit
  std::vector<double> memory;           // by position
  std::vector<double> stage, up, down;  // busy times: by position; by boundary
};

// The sums of an assignment's costs.
struct Sums {
  double objective = 0;
  std::vector<double> limits;
  std::vector<double> memory;
  std::vector<double> stage, up, down;
  std::vector<char> is_used;  // by position: a block runs there
  double period() const;
};

// The first weights of a search on this route: the objective alone, or all busy times equally.
Weights first_weights(const Query& query, const Route& route);

// The weighted sum of the limits. A bound subtracts it, so that only excess is charged.
double allowance(const Query& query, const Route& route, const Weights& weights);

// Moves the multipliers, which gave `bound` with these sums, along the subgradient by Polyak's step towards `aim`. Each
// limit counts in units of itself. False: there is nothing to move.
bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, Weights& weights);

// Weights of the limits alone, the objective's own limit among them: if a weighted sum of limits cannot be met, the
// limits cannot all be met (Farkas). The weights, each in units of its limit, add up to 1; exceeded limits gain weight
// (multiplicative updates).
Weights limit_weights(const Query& query, const Route& route, const Sums& sums);
void favour_exceeded(const Query& query, const Route& route, const Sums& sums, Weights& weights);

}  // namespace tandem::plan
