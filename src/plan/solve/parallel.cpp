#include "plan/solve/parallel.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "plan/solve/parallel_items.h"
#include "plan/solve/parallel_search.h"

namespace tandem::plan {
namespace {

// Decisions on items. Coarse items first: they are few, and their plan is the cutoff of the next search.
struct Level {
  Grouping grouping;
  std::size_t effort;
};
constexpr Level kLevels[] = {
    {Grouping::Joins, 100'000'000}, {Grouping::Chains, 20'000'000}, {Grouping::None, 20'000'000}};

// Costs that differ by rounding only are equal.
double just_below(double cost) {
  return cost == kUnlimited ? cost : cost - 1e-9 * std::abs(cost);
}

double least_cost(const ParallelItems& items) {
  double sum = 0;
  for (const auto& item : items.items) sum += item.least;
  return sum;
}

}  // namespace

bool allows_parallel(const Query& query) {
  return query.problem->allows_parallel && query.scenario.phase_count() == 1 && !query.minimises_period;
}

Findings solve_parallel(const Query& query) {
  std::vector<ParallelFound::Found> plans;
  const double cutoff = just_below(query.cutoff - query.constant);
  double best = cutoff;
  bool is_complete = false;
  std::size_t before = 0;  // items of the search before
  Findings findings;
  for (const auto& level : kLevels) {
    const ParallelItems items = make_items(query, level.grouping);
    findings.bound = least_cost(items);
    if (items.size() == before && is_complete) continue;
    before = items.size();
    Effort effort{level.effort, query.must_stop};
    ParallelFound found = search_parallel(query, items, best, effort);
    findings.steps += level.effort - effort.left;
    is_complete = found.is_complete;
    if (!found.plans.empty()) best = just_below(found.plans.front().cost);
    std::ranges::move(found.plans, std::back_inserter(plans));
  }
  findings.is_proven = is_complete;  // over single blocks, or items that are as fine
  findings.bound =
      (is_complete ? std::min(query.cutoff - query.constant, best) : std::min(best, findings.bound)) + query.constant;
  std::ranges::stable_sort(plans, {}, &ParallelFound::Found::cost);
  for (auto& plan : plans) {
    findings.costs.push_back(plan.cost + query.constant);
    findings.decisions.push_back(std::move(plan.decision));
  }
  return findings;
}

double parallel_floor(const Query& query) {
  return least_cost(make_items(query, Grouping::None)) + query.constant;
}

}  // namespace tandem::plan
