#include "plan/ask/clash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

constexpr unsigned kCases = 400;
constexpr std::size_t kMostDecisions = 400;

Constraint rule(ConstraintKind kind, std::vector<std::size_t> targets) {
  Constraint constraint;
  constraint.kind = kind;
  constraint.targets = std::move(targets);
  return constraint;
}

TEST(Clash, LeavesOutOtherConstraints) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 1e6), rule(ConstraintKind::Uses, {2}), at_most(Metric::Upload, 1e6),
                         rule(ConstraintKind::Avoids, {2})};
  const Clash clash = why_infeasible(problem);
  EXPECT_EQ(clash.constraints, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(clash.ways.size(), 2u);
}

TEST(Clash, FindsTheLeastDeadlineThatAPlanKeeps) {
  Problem problem = three_targets();
  const double least = solve(problem).plans.at(0).latency_ms;
  problem.objective.kind = ObjectiveKind::Upload;
  problem.constraints = {at_most(Metric::Latency, least / 2)};
  const Clash clash = why_infeasible(problem);
  ASSERT_EQ(clash.ways.size(), 1u);
  EXPECT_EQ(clash.ways[0].needs, least);
  EXPECT_DOUBLE_EQ(clash.ways[0].excess, 1);
  EXPECT_EQ(clash.ways[0].plan.cost, clash.ways[0].plan.upload_bytes);
}

TEST(Clash, PutsTheNearestWayFirst) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Upload, 1), at_most(Metric::Latency, 60)};
  const Clash clash = why_infeasible(problem);
  ASSERT_EQ(clash.ways.size(), 2u);
  EXPECT_EQ(clash.ways[0].constraint, 1u);
  EXPECT_EQ(clash.ways[0].needs, 61);
  EXPECT_EQ(clash.ways[1].constraint, 0u);
  EXPECT_EQ(clash.ways[1].needs, 2'000);
}

TEST(Clash, BisectsALimitThatIsNoObjective) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Memory, 299, {0}), at_most(Metric::Upload, 2'000)};
  const Clash clash = why_infeasible(problem);
  const auto way = std::ranges::find(clash.ways, 0u, &Clash::Way::constraint);
  ASSERT_NE(way, clash.ways.end());
  EXPECT_EQ(way->needs, 300);
}

TEST(Clash, IsEmptyWhenConstraintsAreNotToBlame) {
  Problem problem = three_targets();
  for (auto& target : problem.targets) target.memory_limit_bytes = 10;
  problem.constraints = {at_most(Metric::Latency, 1)};
  const Clash clash = why_infeasible(problem);
  EXPECT_TRUE(clash.constraints.empty());
  EXPECT_TRUE(clash.ways.empty());
}

TEST(Clash, IsNotClaimedWhenTheSearchWasStopped) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 50), at_most(Metric::Upload, 1'000)};
  EXPECT_THROW(why_infeasible(problem, {.solver = "labels", .must_stop = [] { return true; }}), base::Error);
}

TEST(Clash, IsEmptyWhenAPlanIsFeasible) {
  EXPECT_TRUE(why_infeasible(three_targets()).constraints.empty());
}

// All plans of a problem, and which constraints each of them breaks.
class EveryPlan {
 public:
  explicit EveryPlan(Problem problem) : problem_(std::move(problem)) {
    Problem free = problem_;
    free.constraints.clear();
    for (auto& plan : every_plan(problem_)) {
      if (is_feasible(free, plan)) plans_.push_back(std::move(plan));
    }
  }

  // Of those that keep these constraints.
  template <class Value>
  double least(const std::vector<std::size_t>& kept, const Value& value) const {
    double least = kUnlimited;
    for (const auto& plan : plans_) {
      const auto keeps = [&](std::size_t index) { return excess_of(problem_, plan, index) == 0; };
      if (std::ranges::all_of(kept, keeps)) least = std::min(least, value(plan));
    }
    return least;
  }

  bool is_solvable(const std::vector<std::size_t>& kept) const {
    return least(kept, [](const Plan&) { return 0.0; }) == 0;
  }

 private:
  Problem problem_;
  std::vector<Plan> plans_;
};

std::vector<std::size_t> all_but(const Problem& problem, std::size_t index) {
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
    if (i != index) rest.push_back(i);
  }
  return rest;
}

void expect_minimal(const EveryPlan& every, const Clash& clash) {
  EXPECT_FALSE(every.is_solvable(clash.constraints));
  for (const std::size_t member : clash.constraints) {
    auto rest = clash.constraints;
    std::erase(rest, member);
    EXPECT_TRUE(every.is_solvable(rest)) << "without constraint " << member;
  }
}

void expect_nearest(const Problem& problem, const EveryPlan& every, const Clash::Way& way) {
  const Constraint& constraint = problem.constraints[way.constraint];
  const auto rest = all_but(problem, way.constraint);
  for (const std::size_t index : rest) EXPECT_EQ(excess_of(problem, way.plan, index), 0);
  EXPECT_EQ(way.plan, price(problem, way.plan.decision));
  EXPECT_GT(way.excess, 0);
  if (constraint.kind != ConstraintKind::AtMost) {
    EXPECT_TRUE(is_same_cost(way.plan.cost, every.least(rest, [](const Plan& plan) { return plan.cost; })));
    return;
  }
  const double least = every.least(rest, [&](const Plan& plan) { return measure(problem, plan, constraint); });
  EXPECT_NEAR(way.needs, least, 1.1e-6 * least + 1.1e-8);
  Problem relaxed = problem;
  relaxed.constraints[way.constraint].limit = way.needs;
  EXPECT_TRUE(is_same_cost(solve(relaxed).plans.at(0).cost, way.plan.cost));
}

// The least that three random plans reach: each limit can be kept, but seldom all of them.
Constraint low_limit(const Problem& problem, const std::vector<Plan>& plans, std::mt19937& random) {
  constexpr Metric kMetrics[] = {Metric::Latency, Metric::Period, Metric::Compute, Metric::Exchange,
                                 Metric::Upload,  Metric::Energy, Metric::Memory,  Metric::Error};
  Constraint constraint = at_most(kMetrics[random() % std::size(kMetrics)], kUnlimited);
  const bool is_by_target = constraint.metric == Metric::Compute || constraint.metric == Metric::Energy;
  if (is_by_target && random() % 2 == 0) constraint.targets = {random() % problem.targets.size()};
  constraint.is_share = constraint.metric == Metric::Exchange && random() % 2 == 0;
  for (int i = 0; i < 3; ++i)
    constraint.limit = std::min(constraint.limit, measure(problem, plans[random() % plans.size()], constraint));
  return constraint;
}

Problem tight_problem(std::mt19937& random) {
  Problem problem = random_problem(random, kMostDecisions);
  const auto plans = every_plan(problem);
  for (int i = 0; i < 3; ++i) problem.constraints.push_back(low_limit(problem, plans, random));
  return problem;
}

TEST(Clash, AgreesWithBruteForce) {
  std::size_t infeasible = 0;
  std::size_t members = 0;
  std::size_t ways = 0;
  for (unsigned seed = 0; seed < kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = tight_problem(random);
    const EveryPlan every(problem);
    const Clash clash = why_infeasible(problem);
    const bool is_clash = every.is_solvable({}) && !every.is_solvable(all_but(problem, kNone));
    ASSERT_EQ(!clash.constraints.empty(), is_clash);
    if (!is_clash) continue;
    ++infeasible;
    members += clash.constraints.size();
    ways += clash.ways.size();
    expect_minimal(every, clash);
    for (const std::size_t member : clash.constraints) {
      const bool has_way = std::ranges::find(clash.ways, member, &Clash::Way::constraint) != clash.ways.end();
      EXPECT_EQ(has_way, every.is_solvable(all_but(problem, member))) << "constraint " << member;
    }
    for (const auto& way : clash.ways) expect_nearest(problem, every, way);
  }
  std::printf("seeds 0 to %u, %zu clashes of %zu constraints, %zu ways out\n", kCases - 1, infeasible, members, ways);
  EXPECT_GT(infeasible, kCases / 4);
}

}  // namespace
}  // namespace tandem::plan
