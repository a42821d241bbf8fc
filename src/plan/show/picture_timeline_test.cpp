#include "plan/show/picture_timeline.h"

#include <gtest/gtest.h>

#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

Plan plan_of(std::vector<Stage> stages) {
  Plan plan;
  for (std::size_t i = 0; i < stages.size(); ++i) plan.decision.route.push_back(2 * i);
  plan.stages = std::move(stages);
  return plan;
}

TEST(Timeline, PutsStagesAndTransfersOneAfterTheOther) {
  const auto bars = timeline_bars(plan_of({{"phone", {{0, 5}}, 10, 5e4, 4}, {"rack", {{5, 9}}, 3}}));
  ASSERT_EQ(bars.size(), 3u);
  EXPECT_EQ(bars[0].figures, "10.0 ms");
  EXPECT_EQ(bars[1].name, "→ rack");
  EXPECT_EQ(bars[1].figures, "4.00 ms · 50.0 KB");
  EXPECT_EQ(bars[1].from_ms, 10);
  EXPECT_EQ(bars[1].to_ms, 14);
  EXPECT_EQ(bars[1].target, kNone);
  EXPECT_EQ(bars[2].to_ms, 17);
  EXPECT_EQ(bars[2].target, 2u) << "of the problem";
}

TEST(Timeline, HasNoBarForARelay) {
  const auto bars = timeline_bars(plan_of({{"phone", {}, 0, 5e4, 4}, {"rack", {{0, 9}}, 3}}));
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_EQ(bars[0].name, "→ rack");
}

TEST(Timeline, PutsOffloadsBesideTheirStep) {
  const auto bars = timeline_bars(price(two_branches(), branch_on_edge()));
  ASSERT_EQ(bars.size(), 4u);
  EXPECT_EQ(bars[1].name, "device");
  EXPECT_EQ(bars[1].from_ms, 11);
  EXPECT_EQ(bars[2].name, "∥ edge");
  EXPECT_EQ(bars[2].figures, "20.0 ms · 15.0 KB");
  EXPECT_EQ(bars[2].from_ms, 11);
  EXPECT_EQ(bars[2].to_ms, 31);
  EXPECT_EQ(bars[3].from_ms, 31.5) << "the device works longer";
}

TEST(TimeAxis, HasRoundSteps) {
  for (const auto& [longest, step, steps] :
       {std::tuple{104.0, 20.0, 6}, {17.0, 5.0, 4}, {0.013, 0.002, 7}, {80.0, 10.0, 8}, {1.0, 0.2, 5}}) {
    const TimeAxis axis = time_axis(longest);
    EXPECT_DOUBLE_EQ(axis.step_ms, step) << longest;
    EXPECT_EQ(axis.steps, static_cast<std::size_t>(steps)) << longest;
  }
}

TEST(TimeAxis, StandsForPlansThatTakeNoTime) {
  EXPECT_EQ(time_axis(0).steps, 1u);
  EXPECT_EQ(time_axis(std::numeric_limits<double>::infinity()).steps, 1u);
}

}  // namespace
}  // namespace tandem::plan
