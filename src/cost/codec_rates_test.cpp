#include "cost/codec_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cost/test_costs.h"

namespace tandem::cost {
namespace {

TEST(CodecRate, HasTheLossOfItsWorstExit) {
  EXPECT_EQ(some_codec_rate().worst_loss_points(), 0.75);
}

TEST(CodecRate, IgnoresGainedAccuracy) {
  CodecRate rate = some_codec_rate();
  rate.losses[1].loss_points = -1;
  EXPECT_EQ(rate.worst_loss_points(), 0);
  rate.losses.clear();
  EXPECT_EQ(rate.worst_loss_points(), 0);
}

TEST(CodecRate, CountsBitsForEachElement) {
  EXPECT_EQ(some_codec_rate().bits_per_element(), 8 * 402.5 / 4096);
  EXPECT_EQ(CodecRate{}.bits_per_element(), 0);
}

TEST(FinestLoss, ShrinksWithTheSamples) {
  EXPECT_NEAR(finest_loss_points(32), 10.9, 0.05);
  EXPECT_NEAR(finest_loss_points(10'000), 0.037, 0.001);
  EXPECT_EQ(finest_loss_points(0), 100);
}

TEST(CodecRates, KeepTheNewestOfEachTensorAndCodec) {
  CodecRate newer = some_codec_rate();
  newer.data = "another";
  newer.measured_at_s = 2000;
  CodecRate other_codec = some_codec_rate();
  other_codec.codec = "fp16";
  CodecRate other_tensor = some_codec_rate();
  other_tensor.tensor = "input";
  EXPECT_THAT(newest_of_each({some_codec_rate(), newer, other_codec, other_tensor}),
              testing::ElementsAre(other_tensor, other_codec, newer));
}

}  // namespace
}  // namespace tandem::cost
