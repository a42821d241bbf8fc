#include "plan/ask/native_plans.h"

#include <gtest/gtest.h>

#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

TEST(NativePlans, IncludeTheInputsTransfer) {
  const auto plans = native_plans(three_targets());
  ASSERT_EQ(plans.size(), 3u);
  EXPECT_DOUBLE_EQ(plans[0].latency_ms, 61);
  EXPECT_DOUBLE_EQ(plans[1].latency_ms, (2 + 100 + 1) + 32);
  EXPECT_DOUBLE_EQ(plans[2].latency_ms, (10 + 100 + 0.5) + 10);
  EXPECT_TRUE(plans[2].is_native());
}

TEST(NativePlans, ReachTargetsThroughRelaysWhereThatIsAllowed) {
  Problem problem = three_targets();
  problem.links.pop_back();
  const auto plans = native_plans(problem);
  ASSERT_EQ(plans.size(), 3u);
  EXPECT_EQ(plans[2].stages.size(), 3u);
  EXPECT_DOUBLE_EQ(plans[2].latency_ms, (2 + 100 + 1) + (4 + 10 + 0.1) + 10);
  problem.allows_relays = false;
  EXPECT_EQ(native_plans(problem).size(), 2u);
}

TEST(NativePlans, SendTheInputInItsQuickestEncoding) {
  Problem problem = three_targets();
  problem.tensors[0].encodings.push_back({"jpeg", 10'000, 1, {20, 20, 20}, {}});
  problem.tensors[0].encodings.push_back({"png", 50'000, 0, {90, 90, 90}, {}});
  const Plan plan = native_plans(problem).at(1);
  EXPECT_EQ(plan.stages[0].sent[0].codec, "jpeg");
  EXPECT_DOUBLE_EQ(plan.latency_ms, (2 + 20 + 10 + 1) + 32);
}

TEST(NativePlans, LoseNoMoreThanTheAccuracyAsksFor) {
  Problem problem = three_targets();
  problem.tensors[0].encodings.push_back({"jpeg", 10'000, 1, {20, 20, 20}, {}});
  problem.tensors[0].encodings.push_back({"png", 50'000, 0, {20, 20, 20}, {}});
  const auto codec = [&] { return native_plans(problem).at(1).stages[0].sent[0].codec; };
  problem.constraints = {at_most(Metric::Error, 0.5)};
  EXPECT_EQ(codec(), "png");
  problem.constraints = {at_most(Metric::Error, 1)};
  EXPECT_EQ(codec(), "jpeg");
  problem.constraints.clear();
  problem.objective.kind = ObjectiveKind::Accuracy;
  EXPECT_EQ(codec(), "png");
}

TEST(NativePlans, LeaveOutTargetsThatTheInputCannotReach) {
  Problem problem = three_targets();
  problem.tensors[0].encodings.clear();
  EXPECT_EQ(native_plans(problem).size(), 1u);
}

TEST(NativePlans, FollowTheMostAccuratePolicy) {
  Problem problem = with_half_exiting();
  problem.policies.push_back({"final", {{1, 1, 0}}, 90});
  problem.policies.push_back({"both", {{0, 0.1, 1}, {1, 0.9, 0}}, 90});
  const auto plans = native_plans(problem);
  EXPECT_EQ(plans.at(0).policy, "final");
  EXPECT_DOUBLE_EQ(plans[0].latency_ms, 41);
}

}  // namespace
}  // namespace tandem::plan
