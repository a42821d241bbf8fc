// The planner against every published method, on random problems: each is a judge of the other.
#include <gtest/gtest.h>

#include <random>

#include "plan/compare/compare.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr int kCases = 20'000;
#else
constexpr int kCases = 300;
#endif

void expect_no_better(const Problem& problem, const Solution& ours, const Compared& theirs) {
  if (!theirs.plan || !theirs.broken.empty()) return;
  ASSERT_FALSE(ours.plans.empty()) << theirs.method->name << " keeps all limits: " << theirs.plan->summary();
  const double cost = ours.plans[0].cost;
  EXPECT_TRUE(theirs.plan->cost >= cost || is_same_cost(theirs.plan->cost, cost))
      << theirs.method->name << ": " << theirs.plan->cost << " against " << cost << ", " << theirs.plan->summary();
  EXPECT_TRUE(is_feasible(problem, *theirs.plan));
}

TEST(RandomProblems, NoMethodBeatsThePlannerAndExhaustiveSearchIsEqual) {
  std::mt19937 random(18);
  std::size_t answers = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(i);
    const Problem problem = random_problem(random);
    const Solution ours = solve(problem);
    for (const auto& theirs : compare(problem, methods_named({"all"}))) {
      expect_no_better(problem, ours, theirs);
      answers += theirs.plan ? 1 : 0;
      if (std::string(theirs.method->name) != "exhaustive") continue;
      ASSERT_EQ(theirs.plan.has_value(), !ours.plans.empty()) << theirs.why_not;
      if (theirs.plan) {
        EXPECT_TRUE(is_same_cost(theirs.plan->cost, ours.plans[0].cost));
      }
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(answers, static_cast<std::size_t>(kCases));
}

}  // namespace
}  // namespace tandem::plan
