#include "plan/solve/waits.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_cluster.h"
#include "plan/judge/random_feature.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

// Every solver against brute force: feature_test.cpp. Here, what goes on beside it.

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 5'000;
#else
constexpr unsigned kCases = 100;
#endif

// A bound that no plan beats, and where it is proven the plan that brute force finds.
void expect_agreement(const Problem& problem, unsigned& proven) {
  const auto best = best_by_brute_force(problem, 1);
  const Solution solution = solve(problem);
  if (solution.is_proven) {
    ++proven;
    ASSERT_EQ(solution.plans.empty(), best.empty());
  }
  if (best.empty() || solution.plans.empty()) return;
  EXPECT_TRUE(solution.bound <= best[0].cost || is_same_cost(solution.bound, best[0].cost));
  EXPECT_TRUE(!solution.is_proven || is_same_cost(solution.plans[0].cost, best[0].cost))
      << solution.plans[0].cost << " instead of " << best[0].cost;
  EXPECT_TRUE(is_feasible(problem, solution.plans[0]));
}

TEST(Waits, MoveTheCutToASmallerTensor) {
  Problem problem = three_targets();
  problem.links.resize(1);
  const Plan before = solve(problem).plans.at(0);
  ASSERT_EQ(before.stages.at(0).sent_bytes, 10'000);
  problem.links[0].waits = {{5'000, 1'000}};
  const Solution after = solve(problem, {.count = 3});
  EXPECT_TRUE(after.is_proven);
  EXPECT_LE(after.plans.at(0).stages.at(0).sent_bytes, 5'000);
  EXPECT_EQ(after.plans.at(0).decision, best_by_brute_force(problem, 1).at(0).decision);
}

TEST(Waits, LeaveAProblemWithoutThemAlone) {
  Problem problem = three_targets();
  EXPECT_FALSE(has_waits(problem));
  const Plan plain = solve(problem).plans.at(0);
  for (auto& link : problem.links) link.waits = {{1e9, 50}};  // no tensor is as large
  EXPECT_TRUE(has_waits(problem));
  const Solution solution = solve(problem);
  EXPECT_EQ(solution.plans.at(0), plain);
  EXPECT_TRUE(solution.is_proven);
}

TEST(Waits, AreCountedInALimitOnTheLatency) {
  Problem problem = three_targets();
  problem.links.resize(1);
  problem.links[0].waits = {{0, 30}};
  problem.objective.kind = ObjectiveKind::Energy;
  const double remote_ms = price(problem, decide(problem, {0, 1}, {1, 1, 1})).latency_ms;
  problem.constraints = {at_most(Metric::Latency, remote_ms - 1)};
  const Solution solution = solve(problem);
  EXPECT_TRUE(solution.is_proven);
  for (const auto& plan : solution.plans) EXPECT_LE(plan.latency_ms, remote_ms - 1);
  ASSERT_EQ(solution.plans.empty(), best_by_brute_force(problem, 1).empty());
}

TEST(Waits, AreNotBoundedByASearchThatStops) {
  Problem problem = three_targets();
  for (auto& link : problem.links) link.waits = {{100, 5}, {1'000, 9}, {5'000, 14}};
  const Solution solution = solve(problem, {.must_stop = [] { return true; }});
  for (const auto& plan : solution.plans) EXPECT_EQ(plan, price(problem, plan.decision));
  const auto best = best_by_brute_force(problem, 1);
  EXPECT_LE(solution.bound, with_rounding(best.at(0).cost));
}

TEST(Waits, AgreeWithBruteForceBesideABypass) {
  unsigned proven = 0;
  for (unsigned seed = 900'000; seed < 900'000 + kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Problem problem = random_problem(random, 1'000, Magnitudes::Usual, Feature::Bypass);
    add_feature(problem, Feature::Waits, random);
    expect_agreement(problem, proven);
  }
  std::printf("%u of %u proven\n", proven, kCases);
  EXPECT_GT(proven, kCases / 2);
}

TEST(Waits, AgreeWithBruteForceInParallel) {
  unsigned proven = 0;
  for (unsigned seed = 910'000; seed < 910'000 + kCases / 4 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Problem problem = random_parallel_problem(random, 10'000);
    add_feature(problem, Feature::Waits, random);
    expect_agreement(problem, proven);
  }
  std::printf("%u of %u proven\n", proven, kCases / 4);
}

TEST(Waits, AgreeWithBruteForceAmongMachinesWithoutAnOrder) {
  unsigned proven = 0;
  for (unsigned seed = 920'000; seed < 920'000 + kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Problem problem = random_cluster(random);
    add_feature(problem, Feature::Waits, random);
    expect_agreement(problem, proven);
  }
  EXPECT_EQ(proven, kCases);
}

}  // namespace
}  // namespace tandem::plan
