// Money, blocks and codecs that a target lacks, layers that stay together, measured stages and replicas: by the judge,
// and as people read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "plan/ask/clash.h"
#include "plan/ask/front.h"
#include "plan/ask/native_plans.h"
#include "plan/judge/price.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/objective_text.h"
#include "plan/problem/test_problems.h"
#include "plan/show/explain.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;

// 3.6 an hour: 1e-6 a millisecond. 1,000 a gigabyte: 1e-6 a byte.
Problem with_prices() {
  Problem problem = three_targets();
  problem.targets[1].price_per_hour = 3.6;
  problem.targets[2].price_per_hour = 36;
  problem.links[0].price_per_gb = 1'000;
  return problem;
}

Plan price_of(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position) {
  return price(problem, decide(problem, std::move(route), std::move(position)));
}

Constraint together(std::vector<std::size_t> blocks) {
  Constraint constraint;
  constraint.kind = ConstraintKind::Together;
  constraint.blocks = std::move(blocks);
  return constraint;
}

TEST(Money, PaysForBusyTimesAndForBytesInBothDirections) {
  const Plan plan = price_of(with_prices(), {0, 1, 2}, {0, 1, 2});
  const double edge = 1e-6 * (2 + 10) + 1e-6 * (10'000 + 1'000);  // a.out there, the answer back
  EXPECT_DOUBLE_EQ(plan.money, edge + 1e-5 * (4 + 3));
}

TEST(Money, PaysForEncodingAndDecodingButNotForWaiting) {
  Problem problem = with_prices();
  problem.links[0].round_trip_ms = 500;
  problem.tensors[2].encodings[0].encode_ms = {7, 7, 7};
  problem.tensors[2].encodings[0].decode_ms = {5, 5, 5};
  const Plan plan = price_of(problem, {0, 1, 2}, {0, 1, 2});
  EXPECT_DOUBLE_EQ(plan.money, 1e-6 * (2 + 10 + 7) + 1e-6 * 11'000 + 1e-5 * (5 + 4 + 3));
}

TEST(Money, OfATargetCountsTheLinkThatLeadsToIt) {
  const Problem problem = with_prices();
  const Plan plan = price_of(problem, {0, 1, 2}, {0, 1, 2});
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Money, 1, {0})), 0);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Money, 1, {1})), 1e-6 * 12 + 1e-6 * 11'000);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Money, 1, {1, 2})), plan.money);
}

TEST(Money, IsAnObjectiveAWeightAndALimit) {
  Problem problem = with_prices();
  problem.objective = parse_objective(problem, "money");
  EXPECT_EQ(solve(problem).plans.at(0).summary(), "all on device");
  problem.objective = parse_objective(problem, "latency + 1000*money");
  EXPECT_EQ(text_of(problem, problem.objective), "1*latency + 1000*money");
  const Plan best = solve(problem).plans.at(0);
  EXPECT_DOUBLE_EQ(best.cost, best.latency_ms + 1'000 * best.money);
  problem.objective = {};
  problem.constraints = {parse_constraint(problem, "money(edge,cloud) <= 0.00005")};
  const Plan cheap = solve(problem).plans.at(0);
  EXPECT_LE(cheap.money, 0.00005);
}

TEST(Money, HasAFrontAgainstTheLatency) {
  const Problem problem = with_prices();
  Objective money;
  money.kind = ObjectiveKind::Money;
  const auto front = pareto_front(problem, {}, money);
  ASSERT_GE(front.size(), 2u);
  EXPECT_EQ(front.back().second_cost, 0);
}

TEST(Money, ReadsAsPeopleWriteIt) {
  const Problem problem = with_prices();
  Constraint constraint = parse_constraint(problem, "money(cloud) ≤ 0.002");
  EXPECT_EQ(constraint.limit, 0.002);
  constraint.text.clear();
  EXPECT_EQ(text_of(problem, constraint), "money(cloud) <= 0.002");
  EXPECT_THROW(parse_constraint(problem, "money <= 2$"), base::Error);
  EXPECT_THROW(parse_constraint(problem, "money <= 2%"), base::Error);
}

TEST(Inability, KeepsBlocksOffATarget) {
  Problem problem = three_targets();
  problem.targets[1].block_ms[2] = problem.targets[2].block_ms[2] = kCannotRun;
  for (const auto& plan : solve(problem, {.count = 4}).plans)
    EXPECT_EQ(plan.decision.position[2], 0u) << plan.summary();
  EXPECT_THROW(price_of(problem, {0, 1}, {1, 1, 1}), base::Error);
}

TEST(Inability, OfACodecLeavesTheOthers) {
  Problem problem = three_targets();
  problem.targets[0].block_ms = {10, 200, 300};
  Encoding small = problem.tensors[1].encodings[0];
  small.codec = "small";
  small.bytes = 100;
  small.decode_ms = {0, kCannotRun, 0};
  problem.tensors[1].encodings.push_back(small);
  problem.constraints = {parse_constraint(problem, "on a device"), parse_constraint(problem, "on b,c edge")};
  EXPECT_EQ(solve(problem).plans.at(0).stages[0].sent[0].codec, "raw");
  problem.constraints[1] = parse_constraint(problem, "on b,c cloud");
  EXPECT_EQ(solve(problem).plans.at(0).stages[0].sent[0].codec, "small");
}

TEST(Inability, LeavesOutNativePlans) {
  Problem problem = three_targets();
  problem.targets[1].block_ms[0] = kCannotRun;
  EXPECT_EQ(native_plans(problem).size(), 2u);
}

TEST(Inability, IsNamedAsAReason) {
  Problem problem = three_targets();
  problem.targets[1].block_ms[2] = problem.targets[2].block_ms[2] = kCannotRun;
  problem.constraints = {parse_constraint(problem, "not-on c device")};
  const Clash clash = why_infeasible(problem);
  EXPECT_TRUE(clash.lacks_ability);
  EXPECT_THAT(explain(problem, clash), HasSubstr("'c' (layers 6–8) cannot run on edge, cloud"));
  problem.constraints.clear();
  problem.targets[0].block_ms[2] = kCannotRun;
  EXPECT_THAT(explain(problem, why_infeasible(problem)),
              HasSubstr("no plan is possible even without constraints:\n  'c' (layers 6–8) cannot run on device"));
}

TEST(Inability, IsNoReasonWhereConstraintsClashWithoutIt) {
  Problem problem = three_targets();
  problem.targets[1].block_ms[2] = kCannotRun;
  problem.constraints = {parse_constraint(problem, "use cloud"), parse_constraint(problem, "avoid cloud")};
  EXPECT_FALSE(why_infeasible(problem).lacks_ability);
}

TEST(Together, IsKeptByTheJudge) {
  Problem problem = three_targets();
  problem.constraints = {together({0, 2})};
  EXPECT_FALSE(is_feasible(problem, price_of(problem, {0, 1}, {0, 0, 1})));
  EXPECT_TRUE(is_feasible(problem, price_of(problem, {0, 1}, {1, 1, 1})));
}

TEST(Together, KeepsTheBlocksBetweenOnAChainToo) {
  Problem problem = three_targets();
  problem.constraints = {parse_constraint(problem, "together a,c")};
  EXPECT_EQ(text_of(problem, problem.constraints[0]), "together a,c");
  for (const auto& solver : {"chain", "linear", "labels", "cut"}) {
    for (const auto& plan : solve(problem, {.solver = solver}).plans)
      EXPECT_EQ(plan.decision.position[1], plan.decision.position[0]) << solver;
  }
}

TEST(Together, CountsOnlyBlocksThatRun) {
  Problem problem = with_half_exiting();
  problem.policies[0].exits = {{0, 1, 0}};
  problem.constraints = {together({0, 2})};
  EXPECT_TRUE(is_feasible(problem, price_of(problem, {0}, {0, 0, kNone})));
}

// Blocks b and c together in 6 ms on the edge, instead of 2 + 10 + 15.
Problem with_segment() {
  Problem problem = three_targets();
  problem.targets[1].segments = {{1, 3, 6}};
  return problem;
}

TEST(Segments, StandForAWholeStageWithItsOverhead) {
  EXPECT_EQ(price_of(with_segment(), {0, 1}, {0, 1, 1}).stages[1].compute_ms, 6);
  EXPECT_EQ(price_of(with_segment(), {0, 1}, {1, 1, 1}).stages[1].compute_ms, 2 + 5 + 10 + 15);
  EXPECT_EQ(price_of(with_segment(), {0, 1, 2}, {0, 1, 2}).stages[1].compute_ms, 2 + 10);
}

TEST(Segments, GrowWithTheLoadAndAreFollowedByMoney) {
  Problem problem = with_segment();
  problem.targets[1].load = 2;
  problem.targets[1].price_per_hour = 3.6;
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_EQ(plan.stages[1].compute_ms, 12);
  EXPECT_DOUBLE_EQ(plan.money, 12e-6);
}

TEST(Segments, AreOfOnePhase) {
  Problem problem = with_half_exiting();
  problem.targets[1].segments = {{0, 2, 1}, {0, 3, 1}};
  const Plan mixed = price_of(problem, {0, 1}, {1, 1, 1});
  EXPECT_EQ(mixed.stages[1].compute_ms, 2 + 5 + 10 + 0.5 * 15);
  problem.policies[0].exits = {{0, 1, 0}};
  EXPECT_EQ(price_of(problem, {0, 1}, {1, 1, kNone}).stages[1].compute_ms, 1);
}

TEST(Segments, ArePlannedByEverySolverButLabels) {
  Problem problem = with_segment();
  for (const auto& solver : {"chain", "linear", "cut"}) {
    const Plan best = solve(problem, {.solver = solver}).plans.at(0);
    EXPECT_EQ(best.cost, 11 + 13 + 6) << solver;
  }
  EXPECT_THROW(solve(problem, {.solver = "labels"}), base::Error);
}

TEST(Replicas, TakeTurns) {
  Problem problem = three_targets();
  const Plan alone = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_EQ(alone.period_ms, 2 + 10 + 15);
  problem.targets[1].replicas = 3;
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_EQ(plan.period_ms, 1 + 10) << "of the device";
  EXPECT_EQ(plan.stages[1].replicas, 3u);
  EXPECT_EQ(plan.latency_ms, alone.latency_ms);
  EXPECT_EQ(plan.money, alone.money);
}

TEST(Replicas, HaveLinksOfTheirOwn) {
  Problem problem = three_targets();
  problem.targets[1].replicas = 5;
  const Plan plan = price_of(problem, {0, 1}, {1, 1, 1});
  EXPECT_EQ(plan.period_ms, 100.0 / 5) << "the input, 100 ms, goes to each replica over a link of its own";
}

TEST(Replicas, NeedTheMemoryOfAStageEach) {
  Problem problem = three_targets();
  problem.targets[1].replicas = 3;
  problem.targets[1].memory_limit_bytes = 650;
  EXPECT_FALSE(is_feasible(problem, price_of(problem, {0, 1}, {1, 1, 1})));
}

}  // namespace
}  // namespace tandem::plan
