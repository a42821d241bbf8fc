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
  std::vector<double> scale;            // by limit: the largest value so far, the unit of shares, which have no other
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

// The weighted sum of the limits and their slack. A bound subtracts it, so that only excess is charged.
double allowance(const Query& query, const Route& route, const Weights& weights);

// How far to move multipliers: less where the bound has stopped to rise (Held, Wolfe and Crowder 1974, "Validation of
// subgradient optimization"). Where a period is minimised, first its weights alone, since limits often do not matter;
// `is_first`: no multipliers are known yet.
class Pace {
 public:
  Pace(const Query& query, bool is_first)
      : moves_limits_(!is_first || !query.minimises_period || !query.has_limits()) {}

  bool moves_limits() const { return moves_limits_; }
  double aim(double best, double cutoff) const { return best + share_ * (cutoff - best); }
  // After a step. True: the bound has not risen for a while, so go on from the best weights.
  bool must_return(bool has_risen);
  bool is_over() const { return share_ < 1e-3; }

 private:
  double share_ = 1;  // of the way to the aim
  int fruitless_ = 0;
  bool moves_limits_;
};

// Moves the multipliers, which gave `bound` with these sums, along the subgradient by Polyak's step towards `aim`. Each
// limit counts in units of itself. False: there is nothing to move.
bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, bool moves_limits,
           Weights& weights);

// Weights of the limits alone, the objective's own limit among them: if a weighted sum of limits cannot be met, the
// limits cannot all be met (Farkas). The weights, each in units of its limit, add up to 1; exceeded limits gain weight
// (multiplicative updates).
Weights limit_weights(const Query& query, const Route& route, const Sums& sums);
void favour_exceeded(const Query& query, const Route& route, const Sums& sums, Weights& weights);

}  // namespace tandem::plan
