#include "exits/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::exits {
namespace {

// Four samples at three exits. The second exit is wrong where the first is right: exits need not be nested.
Samples three_exits() {
  return {{{0.95F, 0.9F, 0.5F, 0.2F}, {0.1F, 0.8F, 0.9F, 0.3F}, {0.5F, 0.5F, 0.5F, 0.5F}},
          {{true, true, false, false}, {false, false, true, false}, {true, true, true, false}}};
}

TEST(SamplesOf, TakesTheConfidenceThatItIsAskedFor) {
  ExitStatistics measured;
  measured.exits = {{"exit1", 1, {{{0.9F}, {0.8F}, {0.7F}}}, {true}},
                    {"exit2", 2, {{{0.6F}, {0.5F}, {0.4F}}}, {false}}};
  const Samples samples = samples_of(measured, Confidence::Margin);
  EXPECT_EQ(samples.confidence, (std::vector<std::vector<float>>{{0.8F}, {0.5F}}));
  EXPECT_EQ(samples.is_right, (std::vector<std::vector<bool>>{{true}, {false}}));
  EXPECT_EQ(samples_of(measured, Confidence::Entropy).confidence[1], std::vector<float>{0.4F});
}

TEST(CountStops, CountsSamplesByPlace) {
  const Stops stops = count_stops(three_exits(), {0, 2}, {0.9});
  EXPECT_THAT(stops.counts, testing::ElementsAre(2, 2));
  EXPECT_DOUBLE_EQ(stops.accuracy, 75);
}

}  // namespace
}  // namespace tandem::exits
