#include "plan/solve/ties.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kWork = 200'000;  // blocks and targets searched

// How often the search may ask whether to go on: dynamic programming asks once a block.
std::size_t most_asked(const Query& query) {
  const std::size_t blocks = query.scenario.size();
  return kWork / (blocks * query.problem->tiers.size()) + (query.scenario.is_total_order ? blocks : 0);
}

void limit_cost(Query& query, double cost) {
  const double most = cost - query.constant;
  if (query.minimises_period) {
    query.period_limit = std::min(query.period_limit, limit_that_ends_at(most));
  } else {
    query.limits.push_back({std::move(query.objective), most, 0});
  }
  query.minimises_period = false;
  query.constant = 0;
}

}  // namespace

bool may_tie(const Objective& objective) {
  if (objective.kind == ObjectiveKind::Weighted) return objective.latency_weight == 0;
  return objective.kind != ObjectiveKind::Latency;
}

Query fastest_within(double cost, double latency_ms, Query query) {
  limit_cost(query, cost);
  query.objective = Functional(*query.problem);
  query.objective.add_latency(1);
  query.cutoff = with_rounding(latency_ms);
  query.must_stop = [left = most_asked(query), stop = std::move(query.must_stop)]() mutable {
    return left-- == 0 || (stop && stop());
  };
  return query;
}

}  // namespace tandem::plan
