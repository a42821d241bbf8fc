#include "plan/solve/test_solvers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

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

}  // namespace

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

}  // namespace tandem::plan
