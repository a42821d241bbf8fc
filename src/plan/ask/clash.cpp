#include "plan/ask/clash.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "plan/ask/variant.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

// The largest error of a limit found by bisection: relative, and absolute for limits near zero. Larger than the
// tolerance of solvers, so that no step finds the plan that it rules out.
constexpr double kBisectionGap = 1e-6;
constexpr double kLeastGap = 1e-8;

bool names_all(const std::vector<std::size_t>& targets, const Problem& problem) {
  return targets.empty() || targets.size() == problem.targets.size();
}

// The objective that is this constraint's metric, if there is one.
std::optional<Objective> objective_of(const Problem& problem, const Constraint& constraint) {
  Objective objective;
  switch (constraint.metric) {
    case Metric::Latency:
      objective.kind = ObjectiveKind::Latency;
      return objective;
    case Metric::Period:
      objective.kind = ObjectiveKind::Throughput;
      return objective;
    case Metric::Upload:
      objective.kind = ObjectiveKind::Upload;
      objective.links = constraint.links;
      return objective;
    case Metric::Energy:
      objective.kind = ObjectiveKind::Energy;
      return names_all(constraint.targets, problem) ? std::optional(objective) : std::nullopt;
    case Metric::Money:
      objective.kind = ObjectiveKind::Money;
      return names_all(constraint.targets, problem) ? std::optional(objective) : std::nullopt;
    case Metric::Error:
      objective.kind = ObjectiveKind::Accuracy;
      return objective;
    case Metric::Compute:
    case Metric::Exchange:
    case Metric::Memory:
      break;
  }
  return std::nullopt;
}

// Looks for the plan that breaks one AtMost constraint least and keeps all others.
class LeastExcess {
 public:
  LeastExcess(const Problem& problem, std::size_t index, const SolveOptions& options)
      : problem_(problem), constraint_(problem.constraints[index]), index_(index), options_(options) {}

  // `best`: the best plan without the constraint.
  Plan find(Plan best) const {
    const auto objective = objective_of(problem_, constraint_);
    return objective ? minimise(*objective, std::move(best)) : bisect(std::move(best));
  }

 private:
  double value_of(const Plan& plan) const { return measure(problem_, plan, constraint_); }

  std::optional<Plan> within(double limit) const {
    Problem relaxed = problem_;
    relaxed.constraints[index_].limit = limit;
    return best_plan(relaxed, options_);
  }

  // Exact: finds the least value of the metric, then the best plan with that value.
  Plan minimise(const Objective& objective, Plan best) const {
    const auto least = best_plan(with_objective(without(problem_, index_), objective), options_);
    if (!least || value_of(*least) >= value_of(best)) return best;
    auto plan = within(value_of(*least));
    return plan ? *std::move(plan) : price(problem_, least->decision);
  }

  // Within the gap. For metrics that are no objectives: times on some targets or links, memory, shares, the energy of
  // some targets.
  Plan bisect(Plan nearest) const {
    double low = constraint_.limit;
    double high = value_of(nearest);
    while (high - low > kBisectionGap * high + kLeastGap) {
      const double middle = low + (high - low) / 2;
      auto plan = within(middle);
      if (plan) {
        nearest = *std::move(plan);
        high = std::min(middle, value_of(nearest));
      } else {
        low = middle;
      }
    }
    return nearest;
  }

  const Problem& problem_;
  const Constraint& constraint_;
  const std::size_t index_;
  const SolveOptions& options_;
};

bool is_solvable(const Problem& problem, const std::vector<std::size_t>& constraints, const SolveOptions& options) {
  return best_plan(with_only(problem, constraints), options).has_value();
}

// The deletion filter: removes, one after the other, each constraint that the clash does not need.
std::vector<std::size_t> find_clash(const Problem& problem, const SolveOptions& options) {
  std::vector<std::size_t> clash(problem.constraints.size());
  std::iota(clash.begin(), clash.end(), std::size_t{0});
  if (!is_solvable(problem, {}, options) || is_solvable(problem, clash, options)) return {};
  for (std::size_t place = 0; place < clash.size();) {
    std::vector<std::size_t> rest = clash;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(place));
    if (is_solvable(problem, rest, options)) {
      ++place;
    } else {
      clash = std::move(rest);
    }
  }
  return clash;
}

std::optional<Clash::Way> find_way(const Problem& problem, std::size_t index, const SolveOptions& options) {
  auto plan = best_plan(without(problem, index), options);
  if (!plan) return std::nullopt;
  const Constraint& constraint = problem.constraints[index];
  const bool has_limit = constraint.kind == ConstraintKind::AtMost;
  if (has_limit) plan = LeastExcess(problem, index, options).find(*std::move(plan));
  const double needs = has_limit ? measure(problem, *plan, constraint) : 0;
  const double excess = excess_of(problem, *plan, index);
  return Clash::Way{index, *std::move(plan), needs, excess};
}

void enable(std::vector<double>& times) {
  for (double& time : times) time = time == kCannotRun ? 0 : time;
}

Problem with_all_abilities(Problem problem) {
  for (auto& target : problem.targets) enable(target.block_ms);
  for (auto& tensor : problem.tensors) {
    for (auto& encoding : tensor.encodings) {
      enable(encoding.encode_ms);
      enable(encoding.decode_ms);
    }
  }
  return problem;
}

std::vector<Clash::Inability> inabilities_of(const Problem& problem) {
  std::vector<Clash::Inability> unable;
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    Clash::Inability here{block, {}};
    for (std::size_t target = 0; target < problem.targets.size(); ++target) {
      if (problem.targets[target].block_ms[block] == kCannotRun) here.targets.push_back(target);
    }
    if (!here.targets.empty()) unable.push_back(std::move(here));
  }
  return unable;
}

}  // namespace

Clash why_infeasible(const Problem& problem, const SolveOptions& options) {
  Clash clash;
  clash.constraints = find_clash(problem, options);
  for (const std::size_t index : clash.constraints) {
    if (auto way = find_way(problem, index, options)) clash.ways.push_back(*std::move(way));
  }
  std::ranges::stable_sort(clash.ways, {}, &Clash::Way::excess);
  clash.lacks_ability = !is_solvable(problem, clash.constraints, options) &&
                        is_solvable(with_all_abilities(problem), clash.constraints, options);
  if (clash.lacks_ability) clash.unable = inabilities_of(problem);
  return clash;
}

}  // namespace tandem::plan
