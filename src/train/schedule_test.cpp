#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tandem::train {
namespace {

Settings settings() {
  Settings settings;
  settings.epochs = 10;
  settings.warmup_epochs = 2;
  settings.learning_rate = 0.4;
  return settings;
}

TEST(Schedule, RisesLinearlyToTheHighestRate) {
  const Schedule schedule(settings());
  EXPECT_DOUBLE_EQ(schedule.rate_at(0), 0);
  EXPECT_DOUBLE_EQ(schedule.rate_at(0.5), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate_at(2), 0.4);
}

TEST(Schedule, FallsAsACosine) {
  const Schedule schedule(settings());
  EXPECT_NEAR(schedule.rate_at(4), 0.2 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_NEAR(schedule.rate_at(6), 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(schedule.rate_at(10), 0);
}

TEST(Schedule, StartsAtTheHighestRateWithoutAWarmUp) {
  auto at_once = settings();
  at_once.warmup_epochs = 0;
  EXPECT_DOUBLE_EQ(Schedule(at_once).rate_at(0), 0.4);
}

TEST(Schedule, KnowsARateForEachOptimizer) {
  auto unknown = settings();
  unknown.learning_rate = 0;
  EXPECT_DOUBLE_EQ(Schedule(unknown).rate_at(2), 0.02);
  unknown.optimizer = Optimizer::Adam;
  EXPECT_DOUBLE_EQ(Schedule(unknown).rate_at(2), 0.001);
}

}  // namespace
}  // namespace tandem::train
