// Tiers whose targets may follow each other in any order: every solver against brute force on random problems (20,000
// in plan_long_test, the first 240 in plan_test), and the states that routes become.
#include "plan/solve/unrolled.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_cluster.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/kinds.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
#else
constexpr unsigned kCases = 240;
#endif
constexpr unsigned kCasesOfATest = kCases / 8;
constexpr std::size_t kMostPlans = 4;

void expect_same_costs(const Problem& problem, const std::string& solver, const std::vector<Plan>& expected,
                       std::size_t count) {
  SCOPED_TRACE("solver '" + solver + "', " + std::to_string(count) + " plans");
  Solution solution;
  try {
    solution = solve(problem, {.count = count, .solver = solver, .opens = solver.empty()});
  } catch (const base::Error& error) {
    EXPECT_TRUE(!solver.empty() && error.kind() == base::ErrorKind::Unsupported) << error.message();
    return;
  }
  EXPECT_TRUE(solution.is_proven);
  ASSERT_EQ(solution.plans.size(), std::min(count, expected.size()));
  for (std::size_t i = 0; i < solution.plans.size(); ++i) {
    const Plan& plan = solution.plans[i];
    EXPECT_TRUE(is_same_cost(plan.cost, expected[i].cost)) << "plan " << i << " costs " << plan.cost << ", brute force "
                                                           << "finds " << expected[i].cost;
    EXPECT_TRUE(is_feasible(problem, plan)) << "plan " << i;
    EXPECT_EQ(plan, price(problem, plan.decision)) << "plan " << i;
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(plan.decision, solution.plans[j].decision);
  }
}

// An exchange of identical machines changes no cost, so the best plan of all is one that takes the first ones.
void expect_twins_change_nothing(const Problem& problem, const std::vector<Plan>& expected) {
  double least = kUnlimited;
  for (const Plan& plan : every_plan(problem)) {
    if (is_feasible(problem, plan)) least = std::min(least, plan.cost);
  }
  ASSERT_EQ(expected.empty(), least == kUnlimited);
  EXPECT_TRUE(expected.empty() || is_same_cost(expected[0].cost, least));
}

class Clusters : public testing::TestWithParam<unsigned> {};

TEST_P(Clusters, AreSolvedByEverySolverAsByBruteForce) {
  std::size_t infeasible = 0, unordered = 0;
  for (unsigned seed = GetParam(); seed < GetParam() + kCasesOfATest && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_cluster(random);
    ASSERT_EQ(complaint_about(problem), "");
    const auto expected = best_by_brute_force(problem, kMostPlans);
    infeasible += expected.empty() ? 1 : 0;
    unordered += std::ranges::count(unordered_tiers(problem), 1) > 0 ? 1 : 0;
    expect_twins_change_nothing(problem, expected);
    std::vector<std::string> solvers = solver_names();
    solvers.insert(solvers.begin(), "");
    for (const auto& solver : solvers) {
      for (const std::size_t count : {std::size_t{1}, kMostPlans}) expect_same_costs(problem, solver, expected, count);
    }
  }
  std::printf("%u cases, %zu with links within a tier, %zu infeasible\n", kCasesOfATest, unordered, infeasible);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Clusters, testing::Range(0u, kCases, kCasesOfATest),
                         [](const auto& info) { return "From" + std::to_string(info.param); });

// A device, and a tier of these targets with equal links between all of them.
Problem boards(const std::vector<std::vector<double>>& block_ms) {
  Problem problem = three_targets();
  problem.targets.resize(1);
  problem.links.clear();
  problem.tiers = {"device", "boards"};
  for (const auto& times : block_ms) {
    problem.targets.push_back(problem.targets[0]);
    problem.targets.back().name = "board" + std::to_string(problem.targets.size() - 1);
    problem.targets.back().tier = 1;
    problem.targets.back().block_ms = times;
  }
  for (std::size_t from = 0; from < problem.targets.size(); ++from) {
    for (std::size_t to = 1; to < problem.targets.size(); ++to) {
      if (from != to) problem.links.push_back({from, to, 1, 800, 800});
    }
  }
  return problem;
}

TEST(Unrolled, TakesMachinesInTheOrderThatSuitsTheBlocks) {
  const Problem problem = boards({{90, 90, 1}, {1, 90, 90}, {90, 1, 90}});
  const Solution solution = solve(problem);
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_EQ(solution.plans[0].decision.route, (std::vector<std::size_t>{0, 2, 3, 1}));
}

TEST(Unrolled, ListsPlansOnIdenticalMachinesOnce) {
  const Problem problem = boards({{1, 2, 3}, {1, 2, 3}, {1, 2, 3}});
  const Solution solution = solve(problem, {.count = 100});
  for (const Plan& plan : solution.plans) {
    for (std::size_t i = 1; i < plan.decision.route.size(); ++i) EXPECT_EQ(plan.decision.route[i], i);
  }
  EXPECT_EQ(kinds_of(problem, {1, 2, 3}).size(), 1u);
}

TEST(Unrolled, HasOneStateForEachNumberOfVisitedMachinesOfEachKind) {
  // The device; after it (number of a's, number of b's) but (0, 0), ending at an a or a b: 2·2 + 1 + 2 = 7.
  EXPECT_EQ(Unrolled(boards({{1, 2, 3}, {1, 2, 3}, {9, 9, 9}})).problem().targets.size(), 1u + 7u);
}

TEST(Unrolled, TellsMachinesApartThatAConstraintNames) {
  Problem problem = boards({{1, 2, 3}, {1, 2, 3}, {1, 2, 3}});
  problem.constraints = {parse_constraint(problem, "on c board2")};
  EXPECT_EQ(kinds_of(problem, {1, 2, 3}), (std::vector<std::vector<std::size_t>>{{1, 3}, {2}}));
  const Solution solution = solve(problem);
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_EQ(solution.plans[0].decision.route.back(), 2u);
}

TEST(Unrolled, KeepsALimitOnTheNumberOfMachines) {
  Problem problem = boards({{90, 90, 1}, {1, 90, 90}, {90, 1, 90}});
  problem.constraints = {parse_constraint(problem, "use at most 2 of boards")};
  for (const char* solver : {"labels", "linear", "cut"}) {
    const Solution solution = solve(problem, {.solver = solver});
    ASSERT_FALSE(solution.plans.empty()) << solver;
    EXPECT_LE(solution.plans[0].decision.route.size(), 3u) << solver;
  }
}

// A device that is of no use, and two boards, three and three that take as many milliseconds for each block of a chain.
constexpr std::pair<double, std::size_t> kKinds[] = {{2, 2}, {3, 3}, {5, 3}};

Problem boards_of_three_kinds(std::size_t count) {
  std::vector<std::vector<double>> block_ms;
  for (const auto& [ms, number] : kKinds) block_ms.insert(block_ms.end(), number, std::vector<double>(count, ms));
  Problem problem = boards(block_ms);
  problem.targets[0].block_ms.assign(count, 1'000);
  problem.blocks.clear();
  for (std::size_t block = 0; block < count; ++block) {
    problem.blocks.push_back({"block" + std::to_string(block), block, block + 1, 0});
    Tensor tensor = problem.tensors[0];
    tensor.name = "into" + std::to_string(block);
    tensor.producer = block == 0 ? kNone : block - 1;
    tensor.consumers = {block};
    problem.tensors.push_back(tensor);
  }
  problem.tensors.erase(problem.tensors.begin(), problem.tensors.begin() + 3);
  problem.objective.kind = ObjectiveKind::Throughput;
  return problem;
}

// The least period within which all blocks fit: links are never the slowest.
double least_period_of_three_kinds(std::size_t count, double overhead_ms) {
  for (double compute_ms = 0;; ++compute_ms) {
    double fits = 0;
    for (const auto& [ms, number] : kKinds) fits += static_cast<double>(number) * std::floor(compute_ms / ms);
    if (fits >= static_cast<double>(count)) return compute_ms + overhead_ms;
  }
}

TEST(Unrolled, ProvesThroughputOfManyBlocksInFewSteps) {
  for (const std::size_t count : {std::size_t{96}, std::size_t{400}}) {
    const Problem problem = boards_of_three_kinds(count);
    const Solution solution = solve(problem);
    ASSERT_FALSE(solution.plans.empty());
    EXPECT_TRUE(solution.is_proven);
    EXPECT_DOUBLE_EQ(solution.plans[0].cost, least_period_of_three_kinds(count, problem.targets[1].stage_overhead_ms));
    EXPECT_LT(solution.steps, 10'000 * count) << solution.solver;
  }
}

TEST(Unrolled, RefusesMoreOrdersThanFitIntoMemory) {
  std::vector<std::vector<double>> all_different;
  for (int i = 0; i < 20; ++i) all_different.push_back({1.0 + i, 2, 3});
  try {
    (void)solve(boards(all_different));
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Unsupported);
    EXPECT_NE(error.message().find("the targets of tier 'boards' can follow each other in too many orders"),
              std::string::npos)
        << error.message();
  }
}

}  // namespace
}  // namespace tandem::plan
