// Lagrange multipliers: what makes a sum of things that are none. Private to plan/.
#pragma once

#include <vector>

#include "plan/solve/query.h"
#include "plan/solve/routes.h"

namespace tandem::plan {

// Multipliers of what the query limits, and weights of the busy times.
struct Weights {
  double objective = 1;
  std::vector<double> limits;           // by limit
  std::vector<double> memory;           // by position
  std::vector<double> stage, up, down;  // busy times: by position; by boundary
};

// What an assignment adds up to.
struct Sums {
  double objective = 0;
  std::vector<double> limits;
  std::vector<double> memory;
  std::vector<double> stage, up, down;
  std::vector<char> is_used;  // by position: a block runs there
  double period() const;
};

// Where a search on this route begins: the objective alone, or all busy times alike.
Weights first_weights(const Query& query, const Route& route);

// What the limits grant: the multipliers are charged for what exceeds it only.
double allowance(const Query& query, const Route& route, const Weights& weights);

// Moves the multipliers along the subgradient by Polyak's step towards `aim`, each limit in units of itself, after they
// gave `bound` with these sums. False: there is nothing to move.
bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, Weights& weights);

// Of the limits alone, the objective's own limit among them: where a weighting of them cannot be met, they cannot all
// be met (Farkas). In units of themselves they add up to 1; the exceeded ones gain weight (multiplicative updates).
Weights limit_weights(const Query& query, const Route& route, const Sums& sums);
void favour_exceeded(const Query& query, const Route& route, const Sums& sums, Weights& weights);

}  // namespace tandem::plan
