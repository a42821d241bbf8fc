// The order of plans, by cost and then by latency, in every solver and at every magnitude: against brute force on
// random problems, 20,000 in plan_long_test, the first of them in plan_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/judge/units.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 10'000;  // of each kind
#else
constexpr unsigned kCases = 250;
#endif
constexpr unsigned kFirstCase = 30'000;
constexpr std::size_t kMostDecisions = 1'000;

bool is_near(double left, double right) {
  return std::abs(left - right) <= 1e-9 * std::max(std::abs(left), std::abs(right));
}

void expect_same_order(const Solution& solution, const std::vector<Plan>& expected, std::size_t count) {
  ASSERT_EQ(solution.plans.size(), std::min(count, expected.size()));
  for (std::size_t i = 0; i < solution.plans.size(); ++i) {
    const Plan& plan = solution.plans[i];
    EXPECT_TRUE(is_near(plan.cost, expected[i].cost) && is_near(plan.latency_ms, expected[i].latency_ms))
        << "plan " << i << " costs " << plan.cost << " and takes " << plan.latency_ms << " ms, brute force finds "
        << expected[i].cost << " and " << expected[i].latency_ms << " ms";
  }
}

void expect_order_of_brute_force(const Problem& problem) {
  const auto expected = best_by_brute_force(problem, 5);
  std::vector<std::string> solvers = solver_names();
  solvers.emplace_back();
  for (const auto& solver : solvers) {
    for (const std::size_t count : {1, 5}) {
      SCOPED_TRACE("solver '" + solver + "', " + std::to_string(count) + " plans");
      try {
        expect_same_order(solve(problem, {.count = count, .solver = solver, .opens = solver.empty()}), expected, count);
      } catch (const base::Error& error) {
        EXPECT_TRUE(!solver.empty() && error.kind() == base::ErrorKind::Unsupported) << error.message();
      }
    }
  }
}

Problem with_objective_of(Problem problem, ObjectiveKind kind) {
  problem.objective.kind = kind;
  return problem;
}

// The input must leave the device: raw, or in one byte less, which takes long.
Problem one_byte_less(double encoding_ms) {
  Problem problem = with_objective_of(three_targets(), ObjectiveKind::Upload);
  Encoding smaller = problem.tensors[0].encodings[0];
  smaller.codec = "smaller";
  smaller.bytes -= 0.98;
  smaller.encode_ms.assign(problem.targets.size(), encoding_ms);
  problem.tensors[0].encodings.push_back(smaller);
  Constraint leaves;
  leaves.kind = ConstraintKind::KeepsOff;
  leaves.blocks = {0};
  leaves.targets = {0};
  problem.constraints = {leaves};
  return problem;
}

TEST(Ties, NoLatencyOutweighsAByte) {
  for (const double encoding_ms : {1e5, 1e6, 1e7, 1e8, 1e9}) {
    const Problem problem = one_byte_less(encoding_ms);
    EXPECT_DOUBLE_EQ(solve(problem).plans.at(0).upload_bytes, 100'000 - 0.98);
    expect_order_of_brute_force(problem);
  }
}

TEST(Ties, TheFastestComesFirstWhereNothingCostsEnergy) {
  const Problem problem = with_objective_of(three_targets(), ObjectiveKind::Energy);
  EXPECT_EQ(solve(problem).plans.at(0).latency_ms, solve(three_targets()).plans.at(0).latency_ms);
  expect_order_of_brute_force(problem);
}

TEST(Ties, TheFastestComesFirstAtTheSamePeriod) {
  Problem problem = with_objective_of(three_targets(), ObjectiveKind::Throughput);
  for (auto& target : problem.targets) target.block_ms = {5, 100, 5};  // the middle block decides
  expect_order_of_brute_force(problem);
}

TEST(Ties, NoUnitIsTooSmall) {
  for (const auto kind : {ObjectiveKind::Latency, ObjectiveKind::Throughput, ObjectiveKind::Upload}) {
    for (const double factor : {1e-15, 1e-12, 1e-9, 1e9})
      expect_order_of_brute_force(in_units(with_objective_of(three_targets(), kind), factor, factor, 1));
  }
}

TEST(Ties, SmallStagesCountBehindLargeOnes) {
  Problem problem = in_units(three_targets(), 1e-6, 1e-6, 1);
  problem.targets[0].block_ms = {1e-5, 1e12, 1e12};
  problem.targets[1].block_ms = {1e12, 1e-5, 3e-5};
  problem.targets[2].block_ms = {1e12, 2e-5, 1e-5};
  for (const auto kind : {ObjectiveKind::Latency, ObjectiveKind::Throughput})
    expect_order_of_brute_force(with_objective_of(problem, kind));
}

TEST(Ties, PlansOfAllPoliciesAreInOneOrder) {
  Problem problem = with_early_exit();
  problem.policies = {
      {"early", {{0, 1, 0}}, 80}, {"late", {{1, 1, 0}}, 80}, {"both", {{0, 0.5, 0.9}, {1, 0.5, 0}}, 80}};
  for (const auto kind : {ObjectiveKind::Accuracy, ObjectiveKind::Upload, ObjectiveKind::Energy}) {
    problem.objective.kind = kind;
    const auto expected = best_by_brute_force(problem, 12);
    for (std::size_t count = 1; count <= expected.size(); ++count)
      expect_same_order(solve(problem, {.count = count}), expected, count);
  }
}

TEST(Ties, AgreeWithBruteForceInAllUnits) {
  for (unsigned seed = kFirstCase; seed < kFirstCase + kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto factor = [&](double low, double high) {
      return std::pow(10, std::uniform_real_distribution<double>(low, high)(random));
    };
    const Problem usual = random_problem(random, kMostDecisions);
    expect_order_of_brute_force(in_units(usual, factor(-6, 8), factor(-8, 4), factor(-7, 8)));
  }
}

TEST(Ties, AgreeWithBruteForceAtAnyMixtureOfMagnitudes) {
  for (unsigned seed = kFirstCase; seed < kFirstCase + kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    expect_order_of_brute_force(random_problem(random, kMostDecisions, Magnitudes::Any));
  }
}

}  // namespace
}  // namespace tandem::plan
