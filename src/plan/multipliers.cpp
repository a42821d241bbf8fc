#include "plan/multipliers.h"

#include <algorithm>
#include <cmath>

namespace tandem::plan {
namespace {

constexpr double kTolerance = 1e-9;  // of limits, relative: nearer to one than this is no reason to adapt

// Of a maximum every convex combination is a lower bound; what is busiest gains weight (multiplicative updates).
bool favour_busiest(Weights& weights, const Sums& sums) {
  const double period = sums.period();
  if (period <= 0) return false;
  double total = 0;
  const auto update = [&](std::vector<double>& each, const std::vector<double>& busy) {
    for (std::size_t i = 0; i < each.size(); ++i) total += each[i] *= std::exp(2 * busy[i] / period);
  };
  update(weights.stage, sums.stage);
  update(weights.up, sums.up);
  update(weights.down, sums.down);
  for (auto* each : {&weights.stage, &weights.up, &weights.down}) {
    for (double& weight : *each) weight /= total;
  }
  return true;
}

}  // namespace

double Sums::period() const {
  double longest = 0;
  for (const auto* times : {&stage, &up, &down}) {
    for (const double time : *times) longest = std::max(longest, time);
  }
  return longest;
}

Weights first_weights(const Query& query, const Route& route) {
  Weights weights;
  weights.limits.assign(query.limits.size(), 0);
  if (query.has_memory_limits()) weights.memory.assign(route.length(), 0);
  if (!query.minimises_period && query.period_limit == kUnlimited) return weights;
  const std::size_t boundaries = route.length() - 1;
  const double each = query.minimises_period ? 1.0 / static_cast<double>(route.length() + 2 * boundaries) : 0;
  weights.stage.assign(route.length(), each);
  weights.up.assign(boundaries, each);
  weights.down.assign(boundaries, each);
  if (query.minimises_period) weights.objective = query.tie_break;
  return weights;
}

double allowance(const Query& query, const Route& route, const Weights& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.limits.size(); ++i) sum += weights.limits[i] * query.limits[i].limit;
  for (std::size_t position = 0; position < weights.memory.size(); ++position) {
    if (weights.memory[position] > 0) sum += weights.memory[position] * query.memory_limit[route.targets[position]];
  }
  if (query.minimises_period) return sum;
  for (const auto* busy : {&weights.stage, &weights.up, &weights.down}) {
    for (const double weight : *busy) sum += weight > 0 ? weight * query.period_limit : 0;
  }
  return sum;
}

bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, Weights& weights) {
  bool has_any = false;
  if (query.minimises_period && sums.stage.size() > 1) has_any = favour_busiest(weights, sums);
  struct Slack {
    double* weight;
    double excess;
    double unit;
  };
  std::vector<Slack> slacks;
  const auto add = [&](double& weight, double value, double limit) {
    if (limit == kUnlimited) return;
    const double unit = std::max({std::abs(limit), std::abs(value), 1e-9});
    const double excess = (value - limit) / unit;
    const bool is_tight = std::abs(excess) <= kTolerance;  // up to rounding, which must not drive the multipliers
    if (!is_tight && (excess > 0 || weight > 0)) slacks.push_back({&weight, excess, unit});
  };
  for (std::size_t i = 0; i < weights.limits.size(); ++i) add(weights.limits[i], sums.limits[i], query.limits[i].limit);
  for (std::size_t i = 0; i < weights.memory.size(); ++i)
    add(weights.memory[i], sums.memory[i], query.memory_limit[route.targets[i]]);
  if (!query.minimises_period && !weights.stage.empty()) {
    for (std::size_t i = 0; i < weights.stage.size(); ++i) add(weights.stage[i], sums.stage[i], query.period_limit);
    for (std::size_t i = 0; i < weights.up.size(); ++i) add(weights.up[i], sums.up[i], query.period_limit);
    for (std::size_t i = 0; i < weights.down.size(); ++i) add(weights.down[i], sums.down[i], query.period_limit);
  }
  double norm = 0;
  for (const auto& slack : slacks) norm += slack.excess * slack.excess;
  if (norm == 0) return has_any;
  const double step = std::max(aim - bound, 1e-6 * std::abs(bound)) / norm;
  for (auto& slack : slacks) *slack.weight = std::max(0.0, *slack.weight + step * slack.excess / slack.unit);
  return true;
}

}  // namespace tandem::plan
