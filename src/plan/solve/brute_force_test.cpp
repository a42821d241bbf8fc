// Every solver against brute force on random small problems: 20,000 in plan_long_test, the first 2,000 in plan_test.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"
#include "plan/solve/test_solvers.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
constexpr unsigned kTieCases = 2'000;
#else
constexpr unsigned kCases = 2'000;
constexpr unsigned kTieCases = 500;
#endif
constexpr unsigned kCasesOfATest = kCases / 8;
constexpr unsigned kFirstTieCase = 20'000;

class BruteForce : public testing::TestWithParam<unsigned> {};

TEST_P(BruteForce, AgreesWithEverySolver) {
  std::size_t infeasible = 0;
  for (unsigned seed = GetParam(); seed < GetParam() + kCasesOfATest && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_problem(random);
    ASSERT_EQ(complaint_about(problem), "");
    const auto expected = best_by_brute_force(problem, kMostPlans);
    if (expected.empty()) ++infeasible;
    expect_all_solvers_find(problem, expected);
  }
  std::printf("seeds %u to %u, of which %zu are infeasible\n", GetParam(), GetParam() + kCasesOfATest - 1, infeasible);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BruteForce, testing::Range(0u, kCases, kCasesOfATest),
                         [](const auto& info) { return "From" + std::to_string(info.param); });

// Of plans of equal cost, the fastest come first. Fewer cases, since this matters less.
TEST(BruteForceTies, AreBrokenByLatency) {
  for (unsigned seed = kFirstTieCase; seed < kFirstTieCase + kTieCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_problem(random);
    const auto expected = best_by_brute_force(problem, kMostPlans);
    const Solution solution = solve(problem, {.count = kMostPlans});
    ASSERT_EQ(solution.plans.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(is_same_cost(solution.plans[i].latency_ms, expected[i].latency_ms))
          << "plan " << i << " takes " << solution.plans[i].latency_ms << " ms, brute force finds "
          << expected[i].latency_ms << " ms";
    }
  }
}

}  // namespace
}  // namespace tandem::plan
