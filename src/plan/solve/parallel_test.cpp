// Plans with work in parallel against brute force on random small problems: 20,000 in plan_long_test, 240 in plan_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
#else
constexpr unsigned kCases = 240;
#endif
constexpr unsigned kCasesOfATest = kCases / 8;
constexpr unsigned kFirstCase = 100'000;

// The search keeps rules for single blocks and links itself; for others it may only report what it can prove.
bool is_rule_of_blocks(const Constraint& constraint) {
  return constraint.kind != ConstraintKind::AtMost && constraint.kind != ConstraintKind::Uses;
}

bool has_other_limits(const Problem& problem) {
  return !std::ranges::all_of(problem.constraints, is_rule_of_blocks) ||
         std::ranges::any_of(problem.targets, [](const Target& each) { return each.memory_limit_bytes != kUnlimited; });
}

class ParallelBruteForce : public testing::TestWithParam<unsigned> {
 protected:
  void expect_agreement(const Problem& problem) {
    const auto expected = best_by_brute_force(problem, 1);
    const Solution solution = solve(problem);
    if (!has_other_limits(problem)) {
      EXPECT_TRUE(solution.is_proven);
      ASSERT_EQ(solution.plans.size(), expected.size());
    }
    if (expected.empty()) {
      EXPECT_TRUE(solution.plans.empty());
      return;
    }
    EXPECT_LE(solution.bound, expected[0].cost + 1e-9 * std::max(1.0, expected[0].cost));
    parallel_ += expected[0].decision.is_parallel() ? 1 : 0;
    if (solution.plans.empty()) {
      EXPECT_FALSE(solution.is_proven);
      return;
    }
    EXPECT_TRUE(is_feasible(problem, solution.plans[0]));
    EXPECT_GE(solution.plans[0].cost, expected[0].cost - 1e-9 * std::max(1.0, expected[0].cost));
    if (solution.is_proven) {
      EXPECT_TRUE(is_same_cost(solution.plans[0].cost, expected[0].cost))
          << solution.plans[0].cost << " (" << solution.plans[0].summary() << "), brute force " << expected[0].cost
          << " (" << expected[0].summary() << ")";
    }
    proven_ += solution.is_proven ? 1 : 0;
  }

  unsigned proven_ = 0;
  unsigned parallel_ = 0;
};

TEST_P(ParallelBruteForce, Agrees) {
  for (unsigned seed = GetParam(); seed < GetParam() + kCasesOfATest && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_parallel_problem(random);
    ASSERT_EQ(complaint_about(problem), "");
    expect_agreement(problem);
  }
  std::printf("seeds %u to %u: %u proven, the best plan works in parallel in %u\n", GetParam(),
              GetParam() + kCasesOfATest - 1, proven_, parallel_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ParallelBruteForce, testing::Range(kFirstCase, kFirstCase + kCases, kCasesOfATest),
                         [](const auto& info) { return "From" + std::to_string(info.param); });

TEST(Parallel, RunsABranchBesideTheStage) {
  const Solution solution = solve(two_branches(), {.count = 3});
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_TRUE(solution.is_proven);
  EXPECT_EQ(solution.solver, "parallel");
  EXPECT_EQ(solution.plans[0].decision, branch_on_edge());
  EXPECT_EQ(solution.gap(0), 0);
  EXPECT_EQ(solve(two_branches(), {.solver = "parallel"}).plans.at(0).decision, branch_on_edge());
  EXPECT_GT(solution.plans.size(), 1u) << "others are listed, too";
}

// Two edges of one tier, each with a link to the other; the device is too slow for its share.
TEST(Parallel, UsesTwoTargetsOfOneTier) {
  Problem problem = two_branches();
  problem.targets.push_back(problem.targets[1]);
  problem.targets[1].name = "edge1";
  problem.targets[2].name = "edge2";
  for (double& ms : problem.targets[0].block_ms) ms *= 100;
  problem.links = {{0, 1, 1, 8000, 8000}, {0, 2, 1, 8000, 8000}, {1, 2, 1, 8000, 8000}, {2, 1, 1, 8000, 8000}};
  const Solution solution = solve(problem);
  const Plan& plan = solution.plans.at(0);
  EXPECT_TRUE(plan.decision.is_parallel());
  EXPECT_FALSE(solution.is_proven) << "offloads to targets that the route has visited are not searched";
  EXPECT_TRUE(is_same_cost(plan.cost, best_by_brute_force(problem, 1).at(0).cost));
  EXPECT_LE(solution.bound, plan.cost);
}

TEST(Parallel, IsOffUnlessAsked) {
  Problem problem = two_branches();
  problem.allows_parallel = false;
  EXPECT_FALSE(solve(problem).plans.at(0).decision.is_parallel());
  EXPECT_THROW(solve(problem, {.solver = "parallel"}), base::Error);
}

TEST(Parallel, IsNotForSeveralExitsOrThroughput) {
  Problem problem = with_half_exiting();
  problem.allows_parallel = true;
  EXPECT_FALSE(solve(problem).plans.at(0).decision.is_parallel());
  problem = two_branches();
  problem.objective.kind = ObjectiveKind::Throughput;
  EXPECT_FALSE(solve(problem).plans.at(0).decision.is_parallel());
}

TEST(Parallel, SaysWhereALimitLeavesTheBestPlanOpen) {
  Problem problem = two_branches();
  problem.constraints = {at_most(Metric::Memory, 100, {0})};
  problem.constraints[0].text = "memory(device) <= 100B";
  const Solution solution = solve(problem);
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_TRUE(is_feasible(problem, solution.plans[0]));
  EXPECT_FALSE(solution.is_proven);
  EXPECT_LE(solution.bound, solution.plans[0].cost);
}

TEST(Parallel, StopsWhenAsked) {
  const Solution solution = solve(two_branches(), {.must_stop = [] { return true; }});
  EXPECT_LE(solution.bound, 37);
}

}  // namespace
}  // namespace tandem::plan
