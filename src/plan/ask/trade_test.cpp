#include "plan/ask/trade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

// The input as JPEG or PNG to the edge is worth it.
Problem with_pictures() {
  Problem problem = three_targets();
  problem.targets.pop_back();
  problem.links.resize(1);
  problem.tensors[0].encodings.push_back({"jpeg", 5'000, 1, {2, 2}, {1, 1}});
  problem.tensors[0].encodings.push_back({"png", 25'000, 0, {4, 4}, {3, 3}});
  return problem;
}

TEST(CodecTrades, PriceThePlanWithEachEncodingInstead) {
  const Problem problem = with_pictures();
  const Plan plan = price(problem, {0, {0, 1}, {1, 1, 1}, {{0, 0, 2}}});
  const auto trades = codec_trades(problem, plan);
  ASSERT_EQ(trades.size(), 1u);
  EXPECT_EQ(trades[0].tensor, "input");
  EXPECT_EQ(trades[0].from, "device");
  EXPECT_EQ(trades[0].to, "edge");
  ASSERT_EQ(trades[0].ways.size(), 3u);
  const auto& jpeg = trades[0].ways[1];
  EXPECT_EQ(jpeg.codec, "jpeg");
  EXPECT_EQ(jpeg.encode_ms, 2);
  EXPECT_EQ(jpeg.decode_ms, 1);
  EXPECT_EQ(jpeg.accuracy_loss, 1);
  EXPECT_EQ(jpeg.accuracy, 99);
  EXPECT_EQ(jpeg.latency_ms, price(problem, {0, {0, 1}, {1, 1, 1}, {{0, 0, 1}}}).latency_ms);
  EXPECT_FALSE(jpeg.is_chosen);
  EXPECT_TRUE(trades[0].ways[2].is_chosen);
  EXPECT_EQ(trades[0].ways[2].latency_ms, plan.latency_ms);
}

TEST(CodecTrades, MarkEncodingsThatBreakAConstraint) {
  Problem problem = with_pictures();
  problem.constraints = {at_most(Metric::Error, 0.5)};
  const Plan plan = price(problem, {0, {0, 1}, {1, 1, 1}, {{0, 0, 2}}});
  const auto trades = codec_trades(problem, plan);
  EXPECT_FALSE(trades.at(0).ways.at(1).is_feasible);
  EXPECT_TRUE(trades.at(0).ways.at(2).is_feasible);
}

TEST(BestByLoss, IsFasterTheMoreMayBeLost) {
  const auto bounds = best_by_loss(with_pictures(), {0, 0.5, 1});
  ASSERT_EQ(bounds.size(), 3u);
  EXPECT_EQ(bounds[0].plan->accuracy, 100);
  EXPECT_EQ(bounds[1].plan->latency_ms, bounds[0].plan->latency_ms);
  EXPECT_EQ(bounds[2].plan->accuracy, 99);
  EXPECT_LT(bounds[2].plan->latency_ms, bounds[1].plan->latency_ms);
}

TEST(BestByLoss, ReplacesOtherConstraintsOfAccuracy) {
  Problem problem = with_pictures();
  problem.objective.kind = ObjectiveKind::Accuracy;
  problem.constraints = {at_most(Metric::Error, 0)};
  EXPECT_EQ(best_by_loss(problem, {1}).at(0).plan->accuracy, 99);
}

TEST(WithAccuracyLoss, CountsFromTheMostAccuratePolicy) {
  Problem problem = with_early_exit();
  problem.policies = {{"early", {{0, 1, 0}}, 80}, {"final", {{1, 1, 0}}, 91.5}};
  const Problem limited = with_accuracy_loss(problem, 2);
  ASSERT_EQ(limited.constraints.size(), 1u);
  EXPECT_EQ(limited.constraints[0].text, "accuracy >= 89.5%");
  EXPECT_DOUBLE_EQ(limited.constraints[0].limit, 10.5);
}

}  // namespace
}  // namespace tandem::plan
