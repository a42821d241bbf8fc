#include "plan/solve/multipliers.h"

#include <algorithm>
#include <cmath>

namespace tandem::plan {
namespace {

constexpr double kTolerance = 1e-9;  // of limits, relative: a smaller excess is rounding

// Every convex combination is a lower bound of a maximum. The busiest gain weight (multiplicative updates).
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

namespace {

// One limit: its multiplier, and its value in the sums.
struct Row {
  double* weight;
  double value;
  double limit;

  double unit() const { return std::max({std::abs(limit), std::abs(value), 1e-9}); }
  double excess() const { return (value - limit) / unit(); }
};

std::vector<Row> rows_of(const Query& query, const Route& route, const Sums& sums, Weights& weights) {
  std::vector<Row> rows;
  const auto add = [&](std::vector<double>& each, const std::vector<double>& values, const auto& limit_of) {
    for (std::size_t i = 0; i < each.size(); ++i) {
      if (limit_of(i) != kUnlimited) rows.push_back({&each[i], values[i], limit_of(i)});
    }
  };
  add(weights.limits, sums.limits, [&](std::size_t i) { return query.limits[i].limit; });
  add(weights.memory, sums.memory, [&](std::size_t i) { return query.memory_limit[route.targets[i]]; });
  if (query.minimises_period) return rows;
  const auto period = [&](std::size_t) { return query.period_limit; };
  add(weights.stage, sums.stage, period);
  add(weights.up, sums.up, period);
  add(weights.down, sums.down, period);
  return rows;
}

// The same, and the objective's own limit.
std::vector<Row> limit_rows(const Query& query, const Route& route, const Sums& sums, Weights& weights) {
  std::vector<Row> rows = rows_of(query, route, sums, weights);
  if (query.objective_limit != kUnlimited) rows.push_back({&weights.objective, sums.objective, query.objective_limit});
  return rows;
}

}  // namespace

bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, Weights& weights) {
  bool has_any = false;
  if (query.minimises_period && sums.stage.size() > 1) has_any = favour_busiest(weights, sums);
  std::vector<Row> rows = rows_of(query, route, sums, weights);
  std::erase_if(rows, [](const Row& row) {
    const bool is_tight = std::abs(row.excess()) <= kTolerance;  // up to rounding, which must not drive the multipliers
    return is_tight || (row.excess() < 0 && *row.weight == 0);
  });
  double norm = 0;
  for (const auto& row : rows) norm += row.excess() * row.excess();
  if (norm == 0) return has_any;
  const double step = std::max(aim - bound, 1e-6 * std::abs(bound)) / norm;
  for (const auto& row : rows) *row.weight = std::max(0.0, *row.weight + step * row.excess() / row.unit());
  return true;
}

Weights limit_weights(const Query& query, const Route& route, const Sums& sums) {
  Weights weights = first_weights(query, route);
  if (query.minimises_period) {  // busy times are the objective's then
    weights.stage.clear();
    weights.up.clear();
    weights.down.clear();
  }
  for (const auto& row : limit_rows(query, route, sums, weights)) {
    const bool has_scale = row.limit != 0 || row.value != 0;
    *row.weight = has_scale ? 1 / row.unit() : 0;
  }
  if (query.objective_limit == kUnlimited) weights.objective = 0;
  favour_exceeded(query, route, sums, weights);
  return weights;
}

void favour_exceeded(const Query& query, const Route& route, const Sums& sums, Weights& weights) {
  const auto rows = limit_rows(query, route, sums, weights);
  double total = 0;
  for (const auto& row : rows) total += (*row.weight *= std::exp(row.excess())) * row.unit();
  for (const auto& row : rows) *row.weight /= total > 0 ? total : 1;
}

}  // namespace tandem::plan
