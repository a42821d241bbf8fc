#include "plan/ask/front.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>

#include "base/error.h"
#include "plan/ask/variant.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/judge/units.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

constexpr unsigned kCases = 400;
constexpr std::size_t kMostDecisions = 1'000;

Objective objective(ObjectiveKind kind) {
  Objective objective;
  objective.kind = kind;
  return objective;
}

Objective weighted(double latency_weight, double upload_weight) {
  Objective sum = objective(ObjectiveKind::Weighted);
  sum.latency_weight = latency_weight;
  sum.upload_weight = upload_weight;
  return sum;
}

// As the front itself tells points apart.
bool is_same(double left, double right) {
  return std::abs(left - right) <= kIndistinct * std::max(std::abs(left), std::abs(right));
}

struct Costs {
  double first = 0;
  double second = 0;
  auto operator<=>(const Costs&) const = default;
};

std::vector<Costs> costs_of(const std::vector<FrontPoint>& front) {
  std::vector<Costs> costs;
  for (const auto& point : front) costs.push_back({point.first_cost, point.second_cost});
  return costs;
}

// Those that no other beats, each pair of costs once.
std::vector<Costs> front_of(std::vector<Costs> all) {
  std::ranges::sort(all);
  std::vector<Costs> front;
  for (const auto& costs : all) {
    if (!front.empty() && (costs.second >= front.back().second || is_same(costs.second, front.back().second))) continue;
    if (!front.empty() && is_same(costs.first, front.back().first)) front.pop_back();
    front.push_back(costs);
  }
  return front;
}

std::vector<Costs> front_by_brute_force(const Problem& problem, const Objective& first, const Objective& second) {
  Problem by_first = problem;
  by_first.objective = first;
  Problem by_second = problem;
  by_second.objective = second;
  std::vector<Costs> all;
  for (const auto& plan : every_plan(by_first)) {
    if (is_feasible(problem, plan)) all.push_back({plan.cost, price(by_second, plan.decision).cost});
  }
  return front_of(std::move(all));
}

void expect_same_front(const std::vector<Costs>& found, const std::vector<Costs>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(is_same(found[i].first, expected[i].first)) << found[i].first << " " << expected[i].first;
    EXPECT_TRUE(is_same(found[i].second, expected[i].second)) << found[i].second << " " << expected[i].second;
  }
}

TEST(Front, TradesLatencyForUpload) {
  const auto front = pareto_front(three_targets(), objective(ObjectiveKind::Latency), objective(ObjectiveKind::Upload));
  ASSERT_GE(front.size(), 2u);
  EXPECT_EQ(front.front().plan, solve(three_targets()).plans.at(0));
  EXPECT_EQ(front.back().second_cost, 0);
  EXPECT_TRUE(front.back().plan.is_native());
}

TEST(Front, StopsAtItsLimit) {
  const auto front =
      pareto_front(three_targets(), objective(ObjectiveKind::Latency), objective(ObjectiveKind::Upload), {}, 1);
  EXPECT_EQ(front.size(), 1u);
}

TEST(Front, IsEmptyWhenNothingIsFeasible) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 0)};
  EXPECT_TRUE(pareto_front(problem, objective(ObjectiveKind::Upload), objective(ObjectiveKind::Energy)).empty());
}

TEST(Front, RefusesTwoWeightedSums) {
  EXPECT_THROW(pareto_front(three_targets(), weighted(1, 0), weighted(0, 1)), base::Error);
}

TEST(Front, TakesAWeightedSumOnEitherSide) {
  const Problem problem = three_targets();
  for (const bool is_first : {true, false}) {
    const Objective first = is_first ? weighted(1, 1e-3) : objective(ObjectiveKind::Upload);
    const Objective second = is_first ? objective(ObjectiveKind::Upload) : weighted(1, 1e-3);
    expect_same_front(costs_of(pareto_front(problem, first, second)), front_by_brute_force(problem, first, second));
  }
}

TEST(Front, HasTheSamePlansInOtherUnits) {
  const auto decisions_of = [](const Problem& problem) {
    std::vector<Decision> decisions;
    for (const auto& point : pareto_front(problem, objective(ObjectiveKind::Latency), objective(ObjectiveKind::Upload)))
      decisions.push_back(point.plan.decision);
    return decisions;
  };
  const auto expected = decisions_of(three_targets());
  ASSERT_GE(expected.size(), 2u);
  for (const double factor : {0x1p-60, 0x1p-30, 0x1p30}) {
    EXPECT_EQ(decisions_of(in_units(three_targets(), factor, 1, 1)), expected) << factor;
    EXPECT_EQ(decisions_of(in_units(three_targets(), 1, factor, 1)), expected) << factor;
  }
}

TEST(Front, AgreesWithBruteForce) {
  constexpr ObjectiveKind kKinds[] = {ObjectiveKind::Latency, ObjectiveKind::Accuracy, ObjectiveKind::Throughput,
                                      ObjectiveKind::Upload, ObjectiveKind::Energy};
  std::size_t points = 0;
  for (unsigned seed = 0; seed < kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_problem(random, kMostDecisions);
    const Objective first = problem.objective;
    const Objective second = objective(kKinds[random() % std::size(kKinds)]);
    const auto front = pareto_front(problem, first, second);
    for (const auto& point : front) EXPECT_TRUE(is_feasible(problem, point.plan));
    for (const auto& point : front) EXPECT_EQ(point.plan, price(problem, point.plan.decision));
    expect_same_front(costs_of(front), front_by_brute_force(problem, first, second));
    points += front.size();
  }
  std::printf("seeds 0 to %u, %zu points\n", kCases - 1, points);
}

}  // namespace
}  // namespace tandem::plan
