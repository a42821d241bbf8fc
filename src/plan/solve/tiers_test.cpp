#include "plan/solve/tiers.h"

#include <gtest/gtest.h>

#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

TEST(TierBound, IsNeverAboveTheBestPlan) {
  std::size_t tight = 0;
  std::size_t solved = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    std::mt19937 random(seed);
    Problem problem = random_problem(random);
    problem.objective = {};
    problem.policies.resize(std::min<std::size_t>(1, problem.policies.size()));
    const Solution best = solve(problem);
    if (best.plans.empty()) continue;
    TierSets sets(problem.tiers.size());
    sets[0] = {0};
    for (std::size_t target = 1; target < problem.targets.size(); ++target) {
      if (problem.targets[target].tier > 0) sets[problem.targets[target].tier].push_back(target);
    }
    std::erase_if(sets, [](const auto& set) { return set.empty(); });
    const double bound = tier_bound(make_query(problem, 0), sets);
    ASSERT_LE(bound, best.plans[0].cost + 1e-9 * std::max(1.0, best.plans[0].cost)) << "seed " << seed;
    tight += bound > 0.999 * best.plans[0].cost;
    ++solved;
  }
  EXPECT_GT(tight, solved / 10);
}

TEST(TierBound, SeesThatThereIsNoPlan) {
  Problem problem = three_targets();
  Constraint nowhere;
  nowhere.kind = ConstraintKind::KeepsOff;
  nowhere.blocks = {1};
  nowhere.targets = {0, 1, 2};
  problem.constraints = {nowhere};
  EXPECT_EQ(tier_bound(make_query(problem, 0), {{0}, {1}, {2}}), kUnlimited);
}

}  // namespace
}  // namespace tandem::plan
