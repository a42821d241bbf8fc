#include "plan/solve/floor.h"

#include <algorithm>

namespace tandem::plan {
namespace {

// Of a block on the target where this is least; kUnlimited: it may run nowhere.
template <class Cost>
double least(const Query& query, std::size_t rank, const Cost& cost_on) {
  double least = kUnlimited;
  for (std::size_t target = 0; target < query.target_count(); ++target) {
    if (query.may(rank, target)) least = std::min(least, cost_on(target));
  }
  return least;
}

double floor_of_period(const Query& query) {
  double longest = 0;
  double sum = 0;
  for (std::size_t rank = 0; rank < query.scenario.size(); ++rank) {
    const std::size_t phase = query.scenario.phase[rank];
    const double ms = least(query, rank, [&](std::size_t target) {
      return query.busy_reach(phase, target) * query.block_ms(rank, target);
    });
    longest = std::max(longest, ms);
    sum += ms;
  }
  return std::max(longest, sum / static_cast<double>(query.problem->tiers.size()));
}

}  // namespace

double floor_of(const Query& query) {
  if (query.fixed_cost) return *query.fixed_cost;
  if (query.minimises_period) return query.constant + (query.segments.empty() ? floor_of_period(query) : 0);
  double sum = query.constant + query.least_extras(query.objective);
  for (std::size_t rank = 0; rank < query.scenario.size(); ++rank)
    sum += least(query, rank, [&](std::size_t target) { return query.block_cost(query.objective, rank, target); });
  return sum;
}

}  // namespace tandem::plan
