// Plans with tensors that go past targets, against brute force: 20,000 random problems in plan_long_test, the first 300
// in plan_test.
#include "plan/solve/bypass.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <iterator>
#include <random>
#include <string>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_feature.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/bypass_ideals.h"
#include "plan/solve/bypass_relaxed.h"
#include "plan/solve/bypass_ways.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
#else
constexpr unsigned kCases = 300;
#endif
constexpr unsigned kFirstCase = 200'000;
constexpr std::size_t kMostDecisions = 2'000;

struct Counts {
  unsigned proven = 0, past = 0, infeasible = 0;
};

bool goes_past(const Plan& plan) {
  for (const auto& stage : plan.stages) {
    if (!stage.bypasses.empty()) return true;
  }
  return false;
}

void compare(const Problem& problem, Counts& counts) {
  const auto best = best_by_brute_force(problem, 1);
  const Solution solution = solve(problem);
  if (solution.is_proven) ++counts.proven;
  if (best.empty()) {
    ++counts.infeasible;
    ASSERT_TRUE(solution.plans.empty());
    return;
  }
  if (!solution.is_proven && solution.plans.empty()) return;
  ASSERT_FALSE(solution.plans.empty());
  const double found = solution.plans[0].cost;
  EXPECT_LE(solution.bound, with_rounding(best[0].cost) + 1e-9 * best[0].cost);
  EXPECT_GE(found, best[0].cost - 1e-9 * best[0].cost);
  EXPECT_TRUE(!solution.is_proven || found <= best[0].cost + 1e-9 * best[0].cost) << found;
  if (goes_past(solution.plans[0])) ++counts.past;
}

TEST(BruteForceWithBypass, AgreesWithTheSearch) {
  Counts counts;
  for (unsigned seed = kFirstCase; seed < kFirstCase + kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    compare(random_problem(random, kMostDecisions, Magnitudes::Usual, Feature::Bypass), counts);
  }
  std::printf("%u cases: %u proven, %u of the best plans go past a target, %u infeasible\n", kCases, counts.proven,
              counts.past, counts.infeasible);
  EXPECT_GT(counts.proven, kCases * 9 / 10);
  EXPECT_GT(counts.past, kCases / 50);
}

TEST(BruteForceWithBypass, AgreesWithTheSearchWhereThereIsMoreBesides) {
  constexpr Feature kOthers[] = {Feature::Inability, Feature::Money, Feature::Segments, Feature::Replicas};
  Counts counts;
  for (unsigned seed = kFirstCase; seed < kFirstCase + kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Problem problem = random_problem(random, kMostDecisions, Magnitudes::Usual, Feature::Bypass);
    add_feature(problem, kOthers[seed % std::size(kOthers)], random);
    compare(problem, counts);
  }
  std::printf("%u cases: %u proven, %u of the best plans go past a target, %u infeasible\n", kCases, counts.proven,
              counts.past, counts.infeasible);
  EXPECT_GT(counts.proven, kCases * 9 / 10);
}

// "a.out" is read on the edge and in the cloud, which has a fast link from the device and a slow one from the edge.
Problem skip() {
  Problem problem = three_targets();
  problem.tensors[1].consumers = {1, 2};
  problem.targets[0].block_ms = {10, 1'000, 1'000};
  problem.targets[1].block_ms = {1'000, 10, 1'000};
  problem.targets[2].block_ms = {1'000, 1'000, 3};
  problem.links = {{0, 1, 2, 80, 80}, {1, 2, 4, 8, 8}, {0, 2, 10, 80, 80}};
  problem.allows_bypass = true;
  return problem;
}

TEST(Bypass, IsTakenWhereItPays) {
  const Solution solution = solve(skip());
  EXPECT_TRUE(solution.is_proven);
  EXPECT_EQ(solution.solver, "bypass");
  EXPECT_EQ(solution.plans.at(0).summary(), "device 0–2 ⤳ cloud → edge 3–5 → cloud 6–8");
  EXPECT_DOUBLE_EQ(solution.plans[0].stages[0].bypass_ms(), 1);
}

TEST(Bypass, IsNotLookedForWithoutLinksPastATarget) {
  Problem problem = skip();
  EXPECT_TRUE(has_bypass(problem));
  problem.links.pop_back();
  EXPECT_FALSE(wants_bypass(problem));
  EXPECT_NE(solve(problem).solver, "bypass");
}

TEST(Bypass, IsRefusedTogetherWithWorkInParallel) {
  Problem problem = skip();
  problem.allows_parallel = true;
  EXPECT_THROW((void)solve(problem), base::Error);
}

// The direct link costs a tenth of the longer way, so that tensors cost a tenth of their hops.
TEST(Bypass, HasARelaxedProblemWhoseHopsCostNoMore) {
  Problem problem = skip();
  problem.objective.kind = ObjectiveKind::Latency;
  const Problem relaxed = relaxed_without_bypass(problem);
  EXPECT_DOUBLE_EQ(relaxed.tensors[1].encodings.at(0).bytes, 10'000 * (1.0 / 11));
  EXPECT_FALSE(relaxed.allows_bypass);
  problem.objective.kind = ObjectiveKind::Upload;
  EXPECT_DOUBLE_EQ(relaxed_without_bypass(problem).tensors[1].encodings.at(0).bytes, 10'000 * 0.5);
  problem.objective.kind = ObjectiveKind::Throughput;
  EXPECT_EQ(relaxed_without_bypass(problem).tensors[1].encodings.at(0).bytes, 0);
}

// A mask that every block reads, on as many targets as blocks, all linked.
Problem mask(const Encoding& encoding, std::size_t encodings = 1) {
  Problem problem;
  problem.tiers = {"a", "b", "c", "d"};
  for (std::size_t i = 0; i < 4; ++i) {
    problem.blocks.push_back({"block" + std::to_string(i), i, i + 1});
    problem.targets.push_back({"target" + std::to_string(i), i});
    problem.targets.back().block_ms.assign(4, 10);
    for (std::size_t from = 0; from < i; ++from) problem.links.push_back({from, i, 0, 1e12, 1e12});
  }
  problem.tensors = {{"mask", 0, {1, 2, 3}, std::vector<Encoding>(encodings, encoding)}};
  problem.objective.kind = ObjectiveKind::Throughput;
  problem.allows_bypass = true;
  return problem;
}

Encoding slow_encoding() {
  Encoding encoding;
  encoding.encode_ms = encoding.decode_ms = {3, 3, 3, 3};
  return encoding;
}

// It comes to each machine once, and only its maker sends it.
TEST(Bypass, LetsEachStageHaveItsOwnLoad) {
  Problem problem = mask(slow_encoding());
  problem.allows_bypass = false;
  EXPECT_DOUBLE_EQ(solve(problem).plans.at(0).period_ms, 16);
  problem.allows_bypass = true;
  const Solution solution = solve(problem);
  EXPECT_TRUE(solution.is_proven);
  EXPECT_DOUBLE_EQ(solution.plans.at(0).period_ms, 13);
  EXPECT_DOUBLE_EQ(solve_bypass_ideals(problem, kUnlimited, {}).bound_ms, 13);
}

// 12 × 24 × 36 ways: more than are looked at.
TEST(Bypass, HasAnAnswerAndABoundWhereNotAllWaysAreTried) {
  Problem problem = mask(slow_encoding(), 12);
  Decision placed;
  placed.route = placed.position = {0, 1, 2, 3};
  const Ways ways = best_ways(problem, placed, {});
  EXPECT_TRUE(ways.plan.has_value());
  EXPECT_FALSE(ways.is_exact);
  problem.objective.kind = ObjectiveKind::Latency;
  for (std::size_t i = 0; i < 4; ++i) {
    Constraint& constraint = problem.constraints.emplace_back();
    constraint.kind = ConstraintKind::RunsOn;
    constraint.targets = constraint.blocks = {i};
  }
  Constraint& limit = problem.constraints.emplace_back();
  limit.metric = Metric::Upload;
  limit.limit = 1e9;
  const Solution solution = solve(problem);
  EXPECT_EQ(solution.plans.size(), 1u);
  EXPECT_GE(solution.bound, 40);
}

TEST(Bypass, BoundsThePeriodOfReplicasFromBelow) {
  Problem problem = skip();
  problem.objective.kind = ObjectiveKind::Throughput;
  for (auto& target : problem.targets) target.replicas = 4;
  const double best = best_by_brute_force(problem, 1).at(0).cost;
  EXPECT_LE(solve_bypass_ideals(problem, kUnlimited, {}).bound_ms, best);
  EXPECT_NEAR(solve(problem).plans.at(0).cost, best, 1e-9);
}

// The second block takes no time and reads the first one's tensor only, but without it the middle target is a relay.
TEST(Bypass, BoundsThePeriodFromBelowWhereABlockSavesAStageFromBeingARelay) {
  Problem problem;
  problem.tiers = {"a", "b", "c"};
  for (std::size_t i = 0; i < 3; ++i) {
    problem.blocks.push_back({"block" + std::to_string(i), i, i + 1});
    problem.targets.push_back({"target" + std::to_string(i), i});
    problem.targets.back().block_ms = {i == 0 ? 10.0 : 1'000.0, 0, i == 2 ? 10.0 : 1'000.0};
  }
  problem.links = {{0, 1, 0, 1e12, 1e12}, {1, 2, 0, 1e12, 1e12}};
  problem.tensors = {{"tensor", 0, {1, 2}, {Encoding{}}}};
  problem.objective.kind = ObjectiveKind::Throughput;
  problem.allows_relays = false;
  EXPECT_DOUBLE_EQ(solve(problem).plans.at(0).period_ms, 10);
  EXPECT_LE(solve_bypass_ideals(problem, kUnlimited, {}).bound_ms, 10);
}

}  // namespace
}  // namespace tandem::plan
