// Every solver against brute force on random small problems: 20,000 in plan_long_test, the first 2,000 in plan_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

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
constexpr unsigned kTieCases = 2'000;
#else
constexpr unsigned kCases = 2'000;
constexpr unsigned kTieCases = 500;
#endif
constexpr unsigned kCasesOfATest = kCases / 8;
constexpr unsigned kFirstTieCase = 20'000;
constexpr std::size_t kMostPlans = 4;

// Nothing where this solver does not take the problem.
std::optional<Solution> solve_with(const Problem& problem, const std::string& solver, std::size_t count) {
  try {
    return solve(problem, {.count = count, .solver = solver, .opens = solver.empty()});
  } catch (const base::Error& error) {
    const bool may_refuse = !solver.empty() && error.kind() == base::ErrorKind::Unsupported;
    EXPECT_TRUE(may_refuse) << error.message();
  }
  return std::nullopt;
}

void expect_same_plans(const Problem& problem, const Solution& solution, const std::vector<Plan>& expected,
                       std::size_t count) {
  ASSERT_EQ(solution.plans.size(), std::min(count, expected.size()));
  EXPECT_TRUE(solution.is_proven);
  std::set<Decision> decisions;
  for (std::size_t i = 0; i < solution.plans.size(); ++i) {
    const Plan& plan = solution.plans[i];
    EXPECT_TRUE(is_same_cost(plan.cost, expected[i].cost)) << "plan " << i << " costs " << plan.cost << ", brute force "
                                                           << "finds " << expected[i].cost;
    EXPECT_TRUE(is_feasible(problem, plan)) << "plan " << i;
    EXPECT_TRUE(decisions.insert(plan.decision).second) << "plan " << i << " is there twice";
    EXPECT_EQ(plan, price(problem, plan.decision)) << "plan " << i;
  }
  if (!expected.empty()) {
    EXPECT_TRUE(solution.bound <= expected[0].cost || is_same_cost(solution.bound, expected[0].cost))
        << "the bound is " << solution.bound << ", the best costs " << expected[0].cost;
  }
}

void expect_all_solvers_find(const Problem& problem, const std::vector<Plan>& expected) {
  std::vector<std::string> solvers = solver_names();
  solvers.insert(solvers.begin(), "");
  for (const auto& solver : solvers) {
    for (const std::size_t count : {std::size_t{1}, kMostPlans}) {
      SCOPED_TRACE("solver '" + solver + "', " + std::to_string(count) + " plans");
      if (const auto solution = solve_with(problem, solver, count))
        expect_same_plans(problem, *solution, expected, count);
    }
  }
}

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
