// The best plans of a search so far, and the costs that they rule out. Private to plan/solve/.
#pragma once

#include <algorithm>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

class Incumbents {
 public:
  explicit Incumbents(const Query& query) : query_(query) {}

  bool empty() const { return found_.empty(); }

  // Plans that cost as much are of no use: the cost of the worst of query.count plans, or the query's cutoff.
  double cutoff() const {
    return found_.size() < query_.count ? query_.cutoff : std::min(query_.cutoff, found_.back().cost);
  }

  // The value that multipliers raise a bound towards: the cutoff, or somewhat more than the bound where there is none.
  double aim(double bound) const;

  // Whether no plan with this lower bound is of use.
  bool is_hopeless(double bound) const;

  // Keeps the plan if it is of use, new and among the best.
  void offer(double cost, Decision decision);

  // The plans, best first, and the least of their cost and `open_bound` as the bound. Empties this.
  Findings take(double open_bound);

 private:
  struct Found {
    double cost;
    Decision decision;
  };

  const Query& query_;
  std::vector<Found> found_;  // best first, at most query.count
};

}  // namespace tandem::plan
