// Problems too large for brute force: two exact solvers of different kinds against each other.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

// A chain over three tiers of two targets, with lossy encodings of half and an eighth of the bytes.
Problem long_chain(std::mt19937& random, std::size_t blocks) {
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  Problem problem;
  problem.tiers = {"device", "edge", "cloud"};
  for (std::size_t i = 0; i < blocks; ++i) {
    problem.blocks.push_back({"b" + std::to_string(i), i, i + 1, real(1, 10)});
    Tensor tensor{"t" + std::to_string(i), i == 0 ? kNone : i - 1, {i}, {}};
    const double bytes = real(1e4, 1e6);
    tensor.encodings.resize(3);
    for (std::size_t k = 0; k < 3; ++k) {
      tensor.encodings[k].codec = "k" + std::to_string(k);
      tensor.encodings[k].bytes = bytes / static_cast<double>(k == 0 ? 1 : k == 1 ? 2 : 8);
      tensor.encodings[k].accuracy_loss = static_cast<double>(k) * real(0.1, 0.6);
    }
    problem.tensors.push_back(std::move(tensor));
  }
  for (std::size_t i = 0; i < 5; ++i) {
    Target target;
    target.name = "m" + std::to_string(i);
    target.tier = (i + 1) / 2;
    target.stage_overhead_ms = 0.3;
    for (std::size_t block = 0; block < blocks; ++block)
      target.block_ms.push_back(real(4, 12) / static_cast<double>(1 + 3 * target.tier));
    problem.targets.push_back(std::move(target));
  }
  for (std::size_t from = 0; from < 5; ++from) {
    for (std::size_t to = from + 1; to < 5; ++to) {
      if (problem.targets[from].tier < problem.targets[to].tier)
        problem.links.push_back({from, to, real(2, 20), real(10, 100), real(10, 100)});
    }
  }
  problem.answer_bytes = 4000;
  return problem;
}

void expect_agreement(const Problem& problem, unsigned seed) {
  const Solution by_labels = solve(problem, {.solver = "labels", .opens = false});
  const Solution by_cuts = solve(problem, {.solver = "cut", .opens = false});
  ASSERT_EQ(by_labels.plans.size(), by_cuts.plans.size()) << "seed " << seed;
  if (by_labels.plans.empty()) return;
  EXPECT_TRUE(is_same_cost(by_labels.plans[0].cost, by_cuts.plans[0].cost))
      << "seed " << seed << ": labels " << by_labels.plans[0].cost << ", cut " << by_cuts.plans[0].cost;
}

TEST(Solvers, AgreeOnLongChainsWithLimits) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Problem problem = long_chain(random, 30);
    const double latency_ms = solve(problem).plans.at(0).latency_ms;
    problem.constraints = {at_most(Metric::Error, 0.1 + 0.02 * seed), at_most(Metric::Memory, 40.0 + 3 * seed)};
    expect_agreement(problem, seed);
    problem.constraints.push_back(at_most(Metric::Compute, latency_ms * 0.5, {0}));
    problem.constraints.push_back(at_most(Metric::Upload, 2e5));
    expect_agreement(problem, seed);
  }
}

TEST(Solvers, AgreeOnTheThroughputOfLongChains) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Problem problem = long_chain(random, 12);
    problem.objective.kind = ObjectiveKind::Throughput;
    expect_agreement(problem, seed);
  }
}

TEST(Solvers, AgreeOnTheMostAccurateOfLongChainsInTime) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Problem problem = long_chain(random, 30);
    const double fastest_ms = solve(problem).plans.at(0).latency_ms;
    problem.objective.kind = ObjectiveKind::Accuracy;
    problem.constraints = {at_most(Metric::Latency, fastest_ms * (1 + 0.01 * seed))};
    expect_agreement(problem, seed);
  }
}

TEST(Solvers, ChooseTheMostAccurateExitThatMeetsTheDeadline) {
  Problem problem = with_early_exit();
  problem.policies = {{"early", {{0, 1, 0}}, 80}, {"late", {{1, 1, 0}}, 90}};
  problem.objective.kind = ObjectiveKind::Accuracy;
  Problem late = problem;
  late.policies.erase(late.policies.begin());
  late.objective.kind = ObjectiveKind::Latency;
  const double fastest_late = solve(late).plans.at(0).latency_ms;
  problem.constraints = {at_most(Metric::Latency, fastest_late * 1.01)};
  EXPECT_EQ(solve(problem).plans.at(0).decision.policy, 1u);
  problem.constraints = {at_most(Metric::Latency, fastest_late * 0.99)};
  EXPECT_EQ(solve(problem).plans.at(0).decision.policy, 0u);
}

TEST(Solvers, FindNothingWhenTheDeadlineCannotBeMet) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 1e-6)};
  EXPECT_TRUE(solve(problem).plans.empty());
}

// Searches that are stopped at once.
SolveOptions stopped(std::size_t count, std::string solver = "") {
  return {.count = count, .solver = std::move(solver), .must_stop = [] { return true; }};
}

TEST(Solvers, NeedNoSearchWhereTheBestPlanKeepsAllLimits) {
  std::mt19937 random(1);
  Problem problem = long_chain(random, 30);
  const Plan best = solve(problem).plans.at(0);
  problem.constraints = {at_most(Metric::Period, best.period_ms), at_most(Metric::Memory, 1e6)};
  const Solution solution = solve(problem, stopped(1, "labels"));
  EXPECT_TRUE(solution.is_proven);
  EXPECT_EQ(solution.solver, "chain");
  EXPECT_EQ(solution.plans.at(0), best);
}

TEST(Solvers, HaveAnAnswerAndItsGapWhenTheyAreStopped) {
  std::mt19937 random(2);
  Problem problem = long_chain(random, 30);
  problem.constraints = {at_most(Metric::Latency, 1.1 * solve(problem).plans.at(0).latency_ms)};
  problem.objective.kind = ObjectiveKind::Throughput;
  const double best = solve(problem).plans.at(0).cost;
  const Solution solution = solve(problem, stopped(1, "cut"));
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_FALSE(solution.is_proven);
  EXPECT_TRUE(is_feasible(problem, solution.plans[0]));
  EXPECT_GT(solution.bound, 0);
  EXPECT_LE(solution.bound, best);
  EXPECT_DOUBLE_EQ(solution.gap(0), 1 - solution.bound / solution.plans[0].cost);
}

TEST(Solvers, KeepTheProofOfTheBestPlanWhenTheOthersAreNotFoundInTime) {
  std::mt19937 random(3);
  Problem problem = long_chain(random, 30);
  const Plan best = solve(problem).plans.at(0);
  problem.constraints = {at_most(Metric::Period, best.period_ms)};
  const Solution solution = solve(problem, stopped(5, "labels"));
  EXPECT_TRUE(solution.is_proven);
  EXPECT_GE(solution.proven, 1u);
  EXPECT_LT(solution.proven, 5u);
  EXPECT_EQ(solution.plans.at(0), best);
  EXPECT_DOUBLE_EQ(solution.bound, best.cost);
}

TEST(Solvers, AreChosenByTheirEffort) {
  std::mt19937 random(4);
  Problem problem = long_chain(random, 30);
  for (auto& tensor : problem.tensors) tensor.encodings.resize(1);
  EXPECT_EQ(solve(problem).solver, "chain");
  problem.objective.kind = ObjectiveKind::Throughput;
  EXPECT_EQ(solve(problem).solver, "linear");
}

}  // namespace
}  // namespace tandem::plan
