#include "link/loss.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace tandem::link {
namespace {

std::vector<bool> losses(const LinkConditions& conditions, std::uint64_t seed = 1, std::size_t count = 200'000) {
  LossProcess process(seed);
  process.set(conditions);
  std::vector<bool> lost;
  for (std::size_t i = 0; i < count; ++i) lost.push_back(process.loses_next());
  return lost;
}

struct Pattern {
  double loss_percent;
  double mean_burst;  // of packets lost one after the other
};

Pattern pattern(const std::vector<bool>& lost) {
  double total = 0;
  double bursts = 0;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    total += lost[i] ? 1 : 0;
    if (lost[i] && (i == 0 || !lost[i - 1])) ++bursts;
  }
  return {100 * total / static_cast<double>(lost.size()), total / bursts};
}

TEST(LossProcess, LosesNothingByDefault) {
  EXPECT_EQ(pattern(losses({}, 1, 1000)).loss_percent, 0);
}

TEST(LossProcess, LosesPacketsIndependently) {
  const Pattern found = pattern(losses({.loss_percent = 5}));
  EXPECT_NEAR(found.loss_percent, 5, 0.2);
  EXPECT_NEAR(found.mean_burst, 1 / 0.95, 0.02);
}

TEST(LossProcess, LosesTheSameShareInBursts) {
  for (const double burst : {2.0, 10.0, 50.0}) {
    const Pattern found = pattern(losses({.loss_percent = 5, .burst_packets = burst}));
    EXPECT_NEAR(found.loss_percent, 5, 0.8) << burst;
    EXPECT_NEAR(found.mean_burst, burst, burst / 8) << burst;
  }
}

TEST(LossProcess, MayLoseAShareOfABurstOnly) {
  const Pattern found = pattern(losses({.loss_percent = 5, .burst_packets = 20, .burst_loss_percent = 50}));
  EXPECT_NEAR(found.loss_percent, 5, 0.8);
  EXPECT_NEAR(found.mean_burst, 2, 0.2);
}

TEST(LossProcess, LosesEverythingAtAHundredPercent) {
  EXPECT_EQ(pattern(losses({.loss_percent = 100}, 1, 1000)).loss_percent, 100);
  EXPECT_EQ(pattern(losses({.loss_percent = 100, .burst_packets = 3}, 1, 1000)).loss_percent, 100);
}

TEST(LossProcess, IsThePatternOfItsSeed) {
  const LinkConditions conditions{.loss_percent = 5, .burst_packets = 3};
  EXPECT_EQ(losses(conditions, 7, 1000), losses(conditions, 7, 1000));
  EXPECT_NE(losses(conditions, 7, 1000), losses(conditions, 8, 1000));
}

}  // namespace
}  // namespace tandem::link
