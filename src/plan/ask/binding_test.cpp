#include "plan/ask/binding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

constexpr unsigned kCases = 400;
constexpr std::size_t kMostDecisions = 1'000;

std::vector<Plan> best_without(Problem problem, std::size_t constraint) {
  problem.constraints.erase(problem.constraints.begin() + static_cast<std::ptrdiff_t>(constraint));
  return best_by_brute_force(problem, 1);
}

TEST(Binding, NamesTheLimitThatKeepsTheBestPlanOut) {
  Problem problem = three_targets();
  const Plan free = solve(problem).plans.at(0);
  problem.constraints = {at_most(Metric::Upload, free.upload_bytes / 2), at_most(Metric::Latency, 1e6)};
  const auto bindings = what_binds(problem, solve(problem).plans.at(0));
  ASSERT_EQ(bindings.size(), 1u);
  EXPECT_EQ(bindings[0].constraint, 0u);
  EXPECT_EQ(bindings[0].plan, free);
  EXPECT_EQ(bindings[0].reaches, free.upload_bytes);
}

TEST(Binding, NamesNothingWhenTheBestPlanIsFreelyChosen) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, solve(problem).plans.at(0).latency_ms)};
  EXPECT_TRUE(what_binds(problem, solve(problem).plans.at(0)).empty());
}

TEST(Binding, NamesARuleToo) {
  Problem problem = three_targets();
  Constraint rule;
  rule.kind = ConstraintKind::Avoids;
  rule.targets = solve(problem).plans.at(0).decision.route;
  rule.targets.erase(rule.targets.begin());
  problem.constraints = {rule};
  const auto bindings = what_binds(problem, solve(problem).plans.at(0));
  ASSERT_EQ(bindings.size(), 1u);
  EXPECT_EQ(bindings[0].reaches, 0);
}

void expect_what_brute_force_finds(const Problem& problem, const Plan& best, std::size_t& binding_count) {
  const auto bindings = what_binds(problem, best);
  binding_count += bindings.size();
  for (std::size_t index = 0; index < problem.constraints.size(); ++index) {
    SCOPED_TRACE("constraint " + std::to_string(index));
    const auto expected = best_without(problem, index);
    const auto found = std::ranges::find(bindings, index, &Binding::constraint);
    const double cost = found == bindings.end() ? best.cost : found->plan.cost;
    EXPECT_TRUE(is_same_cost(cost, expected.at(0).cost)) << cost << ", brute force finds " << expected.at(0).cost;
  }
}

// The plan becomes feasible when the limit is relaxed to the value that it reaches.
void expect_to_pass_when_relaxed(Problem problem, const Binding& binding) {
  Constraint& constraint = problem.constraints[binding.constraint];
  if (constraint.kind != ConstraintKind::AtMost) return;
  EXPECT_GT(binding.reaches, constraint.limit);
  constraint.limit = binding.reaches;
  EXPECT_TRUE(is_same_cost(solve(problem).plans.at(0).cost, binding.plan.cost));
}

TEST(Binding, AgreesWithBruteForce) {
  std::size_t binding_count = 0;
  for (unsigned seed = 0; seed < kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_problem(random, kMostDecisions);
    const Solution solution = solve(problem);
    if (solution.plans.empty()) continue;
    expect_what_brute_force_finds(problem, solution.plans[0], binding_count);
    for (const auto& binding : what_binds(problem, solution.plans[0])) expect_to_pass_when_relaxed(problem, binding);
  }
  std::printf("seeds 0 to %u, %zu constraints bind\n", kCases - 1, binding_count);
  EXPECT_GT(binding_count, kCases / 10);
}

}  // namespace
}  // namespace tandem::plan
