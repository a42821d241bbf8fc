#include "plan/ask/front.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "plan/ask/variant.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

// Relative to the cost alone, as in price.h: no unit is too small.
double rounding_of(double cost) {
  return kIndistinct * std::abs(cost);
}

// A limit on the objective. A weighted sum is no metric and cannot be limited.
Constraint cap(const Objective& objective, double limit) {
  Constraint constraint;
  constraint.text = std::string("front: ") + name_of(objective.kind);
  constraint.limit = limit;
  switch (objective.kind) {
    case ObjectiveKind::Latency:
      constraint.metric = Metric::Latency;
      break;
    case ObjectiveKind::Accuracy:
      constraint.metric = Metric::Error;
      break;
    case ObjectiveKind::Throughput:
      constraint.metric = Metric::Period;
      break;
    case ObjectiveKind::Upload:
      constraint.metric = Metric::Upload;
      constraint.links = objective.links;
      break;
    case ObjectiveKind::Energy:
      constraint.metric = Metric::Energy;
      break;
    case ObjectiveKind::Money:
      constraint.metric = Metric::Money;
      break;
    case ObjectiveKind::Weighted:
      throw base::Error(base::ErrorKind::Unsupported,
                        "a Pareto front of two weighted sums: one of the objectives must be a metric of its own");
  }
  return constraint;
}

// Finds the front from the least of `first` on, under ever lower caps on `second`.
class Front {
 public:
  Front(const Problem& problem, const Objective& first, const Objective& second, const SolveOptions& options)
      : by_first_(with_objective(problem, first)), by_second_(with_objective(problem, second)), options_(options) {}

  std::vector<FrontPoint> find(std::size_t limit) {
    Constraint second_cap = cap(by_second_.objective, kUnlimited);
    while (points_.size() < limit) {
      const auto point = find_point(second_cap);
      if (!point) break;
      // Points that this one beats: ties were unresolved, or rounding alone separates the two.
      while (!points_.empty() && points_.back().first_cost >= point->first_cost - rounding_of(point->first_cost))
        points_.pop_back();
      // More than twice the tolerance of solvers, so that none finds the same point again.
      second_cap.limit = point->second_cost - 2.5 * rounding_of(point->second_cost);
      points_.push_back(*point);
      if (point->second_cost <= 0) break;  // no plan has less
    }
    return std::move(points_);
  }

 private:
  // The least of `first` under the cap, and of those the least of `second`.
  std::optional<FrontPoint> find_point(const Constraint& second_cap) const {
    const bool is_capped = second_cap.limit != kUnlimited;
    const auto plan = best_plan(is_capped ? with_constraint(by_first_, second_cap) : by_first_, options_);
    if (!plan) return std::nullopt;
    const FrontPoint point = point_of(*plan);
    if (by_first_.objective.kind == ObjectiveKind::Weighted) return point;
    const Constraint first_cap = cap(by_first_.objective, point.first_cost);
    const auto better = best_plan(with_constraint(by_second_, first_cap), options_);
    return better && better->cost < point.second_cost ? point_of(*better) : point;
  }

  FrontPoint point_of(const Plan& plan) const {
    Plan by_first = price(by_first_, plan.decision);
    const double first_cost = by_first.cost;
    return {std::move(by_first), first_cost, price(by_second_, plan.decision).cost};
  }

  const Problem by_first_, by_second_;
  const SolveOptions& options_;
  std::vector<FrontPoint> points_;
};

}  // namespace

std::vector<FrontPoint> pareto_front(const Problem& problem, const Objective& first, const Objective& second,
                                     const SolveOptions& options, std::size_t limit) {
  if (second.kind != ObjectiveKind::Weighted) return Front(problem, first, second, options).find(limit);
  // The same plans from the other end.
  std::vector<FrontPoint> points = Front(problem, second, first, options).find(limit);
  std::ranges::reverse(points);
  for (auto& point : points) {
    std::swap(point.first_cost, point.second_cost);
    point.plan.cost = point.first_cost;
  }
  return points;
}

}  // namespace tandem::plan
