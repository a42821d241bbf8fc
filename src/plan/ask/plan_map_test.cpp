#include "plan/ask/plan_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "base/error.h"
#include "plan/ask/variant.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

constexpr unsigned kCases = 400;
constexpr std::size_t kMostDecisions = 1'000;
constexpr std::size_t kGrid = 12;
constexpr double kLowMbps = 0.05;
constexpr double kHighMbps = 5'000;

Problem at(Problem problem, const std::vector<std::size_t>& links, double bandwidth_mbps) {
  const double factor = bandwidth_mbps / problem.links[links[0]].upload_mbps;
  for (const std::size_t link : links) {
    problem.links[link].upload_mbps *= factor;
    problem.links[link].download_mbps *= factor;
  }
  return problem;
}

TEST(WithDeadline, IsKeptByTheSlowestRequestToo) {
  Problem problem = with_early_exit();
  problem.policies = {{"early ≥ 0.90, final", {{0, 0.5, 0.9}, {1, 0.5, 0}}, 80}};
  const double mean_ms = solve(problem).plans.at(0).latency_ms;
  const double slowest_ms = solve(with_deadline(problem, 1e6)).plans.at(0).latency_ms;
  EXPECT_LT(mean_ms, slowest_ms);
  EXPECT_TRUE(solve(with_deadline(problem, 0.99 * slowest_ms)).plans.empty());
  EXPECT_FALSE(solve(with_deadline(problem, 1.01 * slowest_ms)).plans.empty());
}

TEST(PlanMap, RunsEverythingOnTheDeviceWhenTheLinkIsSlow) {
  const Problem problem = three_targets();
  const auto map = plan_map(problem, {0, 1, 2}, 0.001, 10'000);
  ASSERT_GE(map.size(), 2u);
  EXPECT_EQ(map.front().plan->stages.size(), 1u);
  EXPECT_GT(map.back().plan->stages.size(), 1u);
  EXPECT_EQ(map.front().low_mbps, 0.001);
  EXPECT_EQ(map.back().high_mbps, 10'000);
}

TEST(PlanMap, BreaksWhereTwoPlansCostTheSame) {
  const Problem problem = three_targets();
  const auto map = plan_map(problem, {}, 0.001, 10'000);
  for (std::size_t i = 1; i < map.size(); ++i) {
    ASSERT_EQ(map[i].low_mbps, map[i - 1].high_mbps);
    const Problem here = at(problem, {0, 1, 2}, map[i].low_mbps);
    EXPECT_DOUBLE_EQ(price(here, map[i].plan->decision).cost, price(here, map[i - 1].plan->decision).cost);
  }
}

TEST(PlanMap, EndsWhereTheDeadlineDoes) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 55)};
  const auto map = plan_map(problem, {0, 1, 2}, 0.1, 1'000);
  ASSERT_GE(map.size(), 2u);
  EXPECT_FALSE(map[0].plan);
  const Problem here = at(problem, {0, 1, 2}, map[0].high_mbps);
  EXPECT_DOUBLE_EQ(price(here, map[1].plan->decision).latency_ms, 55);
}

TEST(PlanMap, TakesTheMostAccuratePolicyThatKeepsTheDeadline) {
  Problem problem = with_early_exit();
  problem.policies = {{"early", {{0, 1, 0}}, 80}, {"final", {{1, 1, 0}}, 95}};
  problem.objective.kind = ObjectiveKind::Accuracy;
  problem.constraints = {at_most(Metric::Latency, 38)};
  const auto map = plan_map(problem, {0, 1, 2}, 0.01, 1'000);
  ASSERT_GE(map.size(), 2u);
  EXPECT_EQ(map.front().plan->policy, "early");
  EXPECT_EQ(map.back().plan->policy, "final");
}

TEST(PlanMap, HasOneSegmentOfOneBandwidth) {
  const auto map = plan_map(three_targets(), {0}, 8, 8);
  ASSERT_EQ(map.size(), 1u);
  EXPECT_EQ(*map[0].plan, solve(three_targets()).plans.at(0));
}

TEST(PlanMap, RefusesCostsThatAreNotLinear) {
  Problem throughput = three_targets();
  throughput.objective.kind = ObjectiveKind::Throughput;
  EXPECT_THROW(plan_map(throughput, {0}, 1, 10), base::Error);
  for (const Metric metric : {Metric::Period, Metric::Exchange, Metric::Energy}) {
    Problem problem = three_targets();
    problem.constraints = {at_most(metric, 100)};
    EXPECT_THROW(plan_map(problem, {0}, 1, 10), base::Error) << name_of(metric);
  }
  Problem upload = three_targets();
  upload.objective.kind = ObjectiveKind::Upload;
  upload.constraints = {at_most(Metric::Latency, 100)};
  EXPECT_THROW(plan_map(upload, {0}, 1, 10), base::Error);
}

TEST(PlanMap, LosesAccuracyToCodecsOnlyWhereTheDeadlineAsksForIt) {
  Problem problem = three_targets();
  problem.objective.kind = ObjectiveKind::Accuracy;
  problem.links.erase(problem.links.begin() + 1, problem.links.end());
  problem.tensors[0].encodings.push_back({"jpeg 90", 8'000, 0.25, {}, {}});
  problem.tensors[0].encodings.push_back({"jpeg 50", 1'000, 2, {}, {}});
  problem = with_deadline(problem, 50);
  const auto map = plan_map(problem, {0}, 0.1, 1'000);
  std::vector<double> accuracies;
  for (const auto& segment : map) {
    if (segment.plan) accuracies.push_back(segment.plan->accuracy);
  }
  EXPECT_EQ(accuracies.front(), 98);
  EXPECT_EQ(accuracies.back(), 100);
  EXPECT_TRUE(std::ranges::is_sorted(accuracies));
  EXPECT_TRUE(std::ranges::count(accuracies, 99.75) > 0);
}

TEST(PlanMap, RefusesInvalidRanges) {
  EXPECT_THROW(plan_map(three_targets(), {0}, 0, 10), base::Error);
  EXPECT_THROW(plan_map(three_targets(), {0}, 10, 1), base::Error);
  EXPECT_THROW(plan_map(three_targets(), {3}, 1, 10), base::Error);
}

bool is_mapped(const Problem& problem, const Constraint& constraint) {
  if (constraint.kind != ConstraintKind::AtMost) return true;
  const bool may_have_deadline =
      problem.objective.kind == ObjectiveKind::Latency || problem.objective.kind == ObjectiveKind::Accuracy;
  if (constraint.metric == Metric::Latency) return may_have_deadline;
  return !constraint.is_share && constraint.metric != Metric::Period && constraint.metric != Metric::Exchange &&
         constraint.metric != Metric::Energy;
}

// A random problem that a map accepts; half of those that may have a deadline have one.
Problem problem_with_map(std::mt19937& random) {
  Problem problem = random_problem(random, kMostDecisions);
  if (problem.objective.kind == ObjectiveKind::Throughput) problem.objective = {};
  std::erase_if(problem.constraints, [&](const Constraint& constraint) { return !is_mapped(problem, constraint); });
  const bool is_accuracy = problem.objective.kind == ObjectiveKind::Accuracy;
  if (is_accuracy && random() % 2 == 0) {
    for (auto& tensor : problem.tensors) {
      for (auto& encoding : tensor.encodings) encoding.accuracy_loss = 0;
    }
  }
  if ((is_accuracy || problem.objective.kind == ObjectiveKind::Latency) && random() % 2 == 0) {
    const auto plans = every_plan(problem);
    problem.constraints.push_back(at_most(Metric::Latency, plans[random() % plans.size()].latency_ms));
  }
  return problem;
}

std::vector<std::size_t> some_links(const Problem& problem, std::mt19937& random) {
  std::vector<std::size_t> links;
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    if (random() % 2 == 0) links.push_back(link);
  }
  if (links.empty()) links.push_back(random() % problem.links.size());
  std::ranges::shuffle(links, random);
  return links;
}

void expect_no_gaps(const std::vector<MapSegment>& map) {
  ASSERT_FALSE(map.empty());
  EXPECT_EQ(map.front().low_mbps, kLowMbps);
  EXPECT_EQ(map.back().high_mbps, kHighMbps);
  for (std::size_t i = 0; i < map.size(); ++i) {
    EXPECT_LT(map[i].low_mbps, map[i].high_mbps);
    if (i == 0) continue;
    EXPECT_EQ(map[i].low_mbps, map[i - 1].high_mbps);
    EXPECT_TRUE(map[i].plan.has_value() || map[i - 1].plan.has_value());
    if (!map[i].plan || !map[i - 1].plan) continue;
    EXPECT_NE(map[i].plan->decision, map[i - 1].plan->decision);
  }
}

void expect_what_brute_force_finds(const Problem& here, const MapSegment& segment) {
  const auto expected = best_by_brute_force(here, 1);
  ASSERT_EQ(segment.plan.has_value(), !expected.empty());
  if (!segment.plan) return;
  const Plan plan = price(here, segment.plan->decision);
  EXPECT_TRUE(is_feasible(here, plan));
  EXPECT_TRUE(is_same_cost(plan.cost, expected[0].cost)) << plan.cost << ", brute force finds " << expected[0].cost;
}

TEST(PlanMap, AgreesWithBruteForceOnAGrid) {
  std::size_t segments = 0;
  for (unsigned seed = 0; seed < kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = problem_with_map(random);
    if (problem.links.empty()) continue;
    const auto links = some_links(problem, random);
    const auto map = plan_map(problem, links, kLowMbps, kHighMbps);
    expect_no_gaps(map);
    segments += map.size();
    for (std::size_t i = 0; i < kGrid; ++i) {
      const double mbps = kLowMbps * std::pow(kHighMbps / kLowMbps, (static_cast<double>(i) + 0.5) / kGrid);
      const auto segment = std::ranges::find_if(map, [&](const MapSegment& each) { return mbps <= each.high_mbps; });
      SCOPED_TRACE(std::to_string(mbps) + " Mbit/s");
      expect_what_brute_force_finds(at(problem, links, mbps), *segment);
    }
  }
  std::printf("seeds 0 to %u, %zu segments\n", kCases - 1, segments);
  EXPECT_GT(segments, kCases);
}

}  // namespace
}  // namespace tandem::plan
