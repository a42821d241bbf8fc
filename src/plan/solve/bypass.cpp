#include "plan/solve/bypass.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "plan/judge/price.h"
#include "plan/solve/bypass_ideals.h"
#include "plan/solve/bypass_relaxed.h"
#include "plan/solve/bypass_ways.h"

namespace tandem::plan {
namespace {

constexpr const char* kBypass = "bypass";
constexpr std::size_t kRelaxedPlans[] = {1, 8, 64, 512, 4'096};  // asked for, each time once more

// A policy, a route, and the stage of each block.
using Placement = std::tuple<std::size_t, std::vector<std::size_t>, std::vector<std::size_t>>;

struct Placed {
  bool is_exact = true;         // all ways were tried
  double relaxed = kUnlimited;  // the least cost of its relaxed plans that were listed
};

class BypassSearch {
 public:
  BypassSearch(const Problem& problem, const SolveOptions& options, Solution solution)
      : problem_(problem), options_(options), solution_(std::move(solution)) {
    solution_.is_proven = false;
    solution_.bound = 0;
  }

  Solution run() && {
    if (problem_.objective.kind == ObjectiveKind::Throughput) try_ideals();
    for (std::size_t i = 0; i < solution_.plans.size(); ++i) place(Decision(solution_.plans[i].decision));
    if (!is_reached()) rank();
    finish();
    return std::move(solution_);
  }

 private:
  double best() const { return solution_.plans.empty() ? kUnlimited : solution_.plans.front().cost; }
  bool is_reached() const { return with_rounding(solution_.bound) >= best() && !solution_.plans.empty(); }

  void try_ideals() {
    const BypassIdeals found = solve_bypass_ideals(problem_, best(), options_.must_stop);
    solution_.steps += found.steps;
    solution_.bound = std::max(solution_.bound, found.bound_ms);
    if (found.decision) place(*found.decision);
  }

  // The placements of relaxed plans, best first, until no other can be better.
  void rank() {
    const Problem relaxed = relaxed_without_bypass(problem_);
    for (const std::size_t count : kRelaxedPlans) {
      SolveOptions options = options_;
      options.count = count;
      options.solver.clear();
      const Solution found = solve(relaxed, options);
      solution_.steps += found.steps;
      for (const Plan& plan : found.plans) place(plan.decision, plan.cost);
      const bool has_all = found.proven == found.plans.size() && found.plans.size() < count && found.is_proven;
      const double rest = has_all ? kUnlimited : found.plans.empty() ? found.bound : rest_of(found);
      solution_.bound = std::max(solution_.bound, std::min(rest, least_unknown()));
      if (has_all || is_reached() || is_stopped()) break;
    }
  }

  // No relaxed plan that is not listed costs less, nor one that is listed and not proven.
  static double rest_of(const Solution& found) {
    const double last = found.proven == 0 ? 0 : found.plans[found.proven - 1].cost;
    return found.proven == found.plans.size() ? std::max(found.open_bound, last) : found.open_bound;
  }

  bool is_stopped() const { return options_.must_stop && options_.must_stop(); }

  // `relaxed`: the cost of a relaxed plan with this placement, which may be listed more than once, in any encodings.
  void place(const Decision& decision, double relaxed = kUnlimited) {
    const auto [found, is_new] = placed_.try_emplace({decision.policy, decision.route, decision.position});
    Placed& placed = found->second;
    placed.relaxed = std::min(placed.relaxed, relaxed);
    if (!is_new) return;
    Ways ways = best_ways(problem_, decision, options_.must_stop);
    solution_.steps += ways.steps;
    placed.is_exact = ways.is_exact;
    if (ways.plan) add(std::move(*ways.plan));
  }

  // No plan with a listed placement some of whose ways were not tried costs less, unless its relaxed plans cost less
  // than those listed: then it costs no less than what is not listed.
  double least_unknown() const {
    double least = kUnlimited;
    for (const auto& [placement, placed] : placed_) {
      if (!placed.is_exact) least = std::min(least, placed.relaxed);
    }
    return least;
  }

  void add(Plan plan) {
    auto& plans = solution_.plans;
    if (std::ranges::find(plans, plan.decision, &Plan::decision) != plans.end()) return;
    plans.insert(std::ranges::upper_bound(plans, plan, is_better), std::move(plan));
    if (plans.size() > options_.count) plans.pop_back();
  }

  void finish() {
    solution_.solver = kBypass;
    solution_.is_proven = solution_.plans.empty() ? solution_.bound == kUnlimited : is_reached();
    solution_.bound = std::min(solution_.bound, best());
    solution_.open_bound = solution_.bound;
    solution_.proven = solution_.is_proven && !solution_.plans.empty() ? 1 : 0;
  }

  const Problem& problem_;
  const SolveOptions& options_;
  Solution solution_;
  std::map<Placement, Placed> placed_;
};

}  // namespace

bool wants_bypass(const Problem& problem) {
  return problem.allows_bypass && has_bypass(problem);
}

Solution add_bypass(const Problem& problem, const SolveOptions& options, Solution solution) {
  return BypassSearch(problem, options, std::move(solution)).run();
}

}  // namespace tandem::plan
