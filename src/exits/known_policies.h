// The policies known to a threshold search: for each number of right answers, the cheapest choice of thresholds.
// Private to exits/.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "exits/threshold_grid.h"

namespace tandem::exits {

constexpr double kRounding = 1e-9;

inline bool is_cheaper(double cost, double other) {
  return cost < other * (1 - kRounding);
}

// The cost of samples together, and how many of them are right; or how both change.
struct Tally {
  double cost = 0;
  std::ptrdiff_t right = 0;
  void add(const Tally& other, int sign = 1) {
    cost += sign * other.cost;
    right += sign * other.right;
  }
};

class KnownPolicies {
 public:
  explicit KnownPolicies(std::size_t sample_count) : best_(sample_count + 1) {}

  void keep(const Tally& tally, const Choice& choice) {
    Best& best = best_[static_cast<std::size_t>(tally.right)];
    if (!is_cheaper(tally.cost, best.cost)) return;
    best.cost = tally.cost;
    best.choice = choice;
  }

  const Choice& choice(std::size_t right) const { return best_[right].choice; }

  // The right answers of the cheapest policy with at least this many; where none has, of the most accurate.
  std::size_t best_with(std::size_t least_right) const;

  // The right answers of at most `count` policies that no other beats, ascending: the ends, those whose choice is one
  // of `favoured`, and others spread evenly over accuracy and cost together.
  std::vector<std::size_t> spread(std::size_t count, const std::vector<Choice>& favoured) const;

 private:
  struct Best {
    double cost = std::numeric_limits<double>::infinity();  // of all samples together
    Choice choice;                                          // empty: no policy is known
  };

  std::vector<std::size_t> undominated() const;
  std::size_t at_share(const std::vector<std::size_t>& points, double share) const;

  std::vector<Best> best_;  // by right answers
};

}  // namespace tandem::exits
