#include "plan/solve/multipliers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

namespace tandem::plan {
namespace {

constexpr double kTolerance = 1e-9;  // of limits, relative: a smaller excess is rounding

// The nearest weights that are not negative and add up to 1 (Held, Wolfe and Crowder 1974).
void project(std::vector<double*>& weights) {
  std::vector<double> sorted;
  for (const double* weight : weights) sorted.push_back(*weight);
  std::ranges::sort(sorted, std::greater<>());
  double sum = 0;
  double excess = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    const double each = (sum - 1) / static_cast<double>(i + 1);
    if (sorted[i] > each) excess = each;
  }
  for (double* weight : weights) *weight = std::max(0.0, *weight - excess);
}

// Every convex combination of busy times is a lower bound of the longest. The weights, and how far each time is off
// their mean, relative to a scale.
struct Busy {
  std::vector<double*> weights;
  std::vector<double> excess;
  double scale = 1;

  Busy(Weights& of, const Sums& sums, double scale_of_times) : scale(scale_of_times) {
    add(of.stage, sums.stage);
    add(of.up, sums.up);
    add(of.down, sums.down);
    const double mean = std::accumulate(excess.begin(), excess.end(), 0.0) / static_cast<double>(excess.size());
    for (double& each : excess) each -= mean;
  }

  double norm() const { return std::inner_product(excess.begin(), excess.end(), excess.begin(), 0.0); }

  void move(double step) {
    for (std::size_t i = 0; i < weights.size(); ++i) *weights[i] += step * excess[i] / scale;
    project(weights);
  }

 private:
  void add(std::vector<double>& each, const std::vector<double>& times) {
    for (std::size_t i = 0; i < each.size(); ++i) {
      weights.push_back(&each[i]);
      excess.push_back(times[i] / scale);
    }
  }
};

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
  return weights;
}

double allowance(const Query& query, const Route& route, const Weights& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.limits.size(); ++i) sum += weights.limits[i] * query.limits[i].most();
  for (std::size_t position = 0; position < weights.memory.size(); ++position) {
    if (weights.memory[position] > 0)
      sum += weights.memory[position] * most_within(query.memory_limit[route.targets[position]]);
  }
  if (query.minimises_period) return sum;
  for (const auto* busy : {&weights.stage, &weights.up, &weights.down}) {
    for (const double weight : *busy) sum += weight > 0 ? weight * most_within(query.period_limit) : 0;
  }
  return sum;
}

namespace {

// One limit: its multiplier, and its value in the sums.
struct Row {
  double* weight;
  double value;
  double limit;
  double scale = 0;  // the largest value so far, where that is known

  double unit() const { return std::max({std::abs(limit), std::abs(value), scale, 1e-9}); }
  double excess() const { return (value - limit) / unit(); }
};

std::vector<Row> rows_of(const Query& query, const Route& route, const Sums& sums, Weights& weights) {
  std::vector<Row> rows;
  const auto add = [&](std::vector<double>& each, const std::vector<double>& values, const auto& limit_of) {
    for (std::size_t i = 0; i < each.size(); ++i) {
      if (limit_of(i) != kUnlimited) rows.push_back({&each[i], values[i], limit_of(i)});
    }
  };
  weights.scale.resize(sums.limits.size());
  for (std::size_t i = 0; i < sums.limits.size(); ++i) {
    double& scale = weights.scale[i] = std::max(weights.scale[i], std::abs(sums.limits[i]));
    rows.push_back({&weights.limits[i], sums.limits[i], query.limits[i].limit, scale});
  }
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

bool Pace::must_return(bool has_risen) {
  fruitless_ = has_risen ? 0 : fruitless_ + 1;
  if (fruitless_ < 4) return false;
  fruitless_ = 0;
  share_ /= 2;
  if (is_over() && !moves_limits_) {
    moves_limits_ = true;
    share_ = 0.25;
  }
  return true;
}

bool adapt(const Query& query, const Route& route, const Sums& sums, double bound, double aim, bool moves_limits,
           Weights& weights) {
  std::vector<Row> rows = moves_limits ? rows_of(query, route, sums, weights) : std::vector<Row>();
  std::erase_if(rows, [](const Row& row) {
    const bool is_tight = std::abs(row.excess()) <= kTolerance;  // up to rounding, which must not drive the multipliers
    return is_tight || (row.excess() < 0 && *row.weight == 0);
  });
  double norm = 0;
  for (const auto& row : rows) norm += row.excess() * row.excess();
  std::optional<Busy> busy;
  if (query.minimises_period && sums.stage.size() > 1) busy.emplace(weights, sums, std::max(aim, 1e-9));
  if (busy) norm += busy->norm();
  if (norm == 0) return false;
  const double step = std::max(aim - bound, 1e-6 * std::abs(bound)) / norm;
  for (const auto& row : rows) *row.weight = std::max(0.0, *row.weight + step * row.excess() / row.unit());
  if (busy) busy->move(step);
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
