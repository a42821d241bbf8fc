#include "base/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace tandem::base {
namespace {

TEST(Statistics, TheInterquartileMeanIsDeafToOutliersAndBetweenTwoModes) {
  EXPECT_EQ(interquartile_mean({1000, 2, 3, 4, 5, 0, 3, 4}), 3.5);
  EXPECT_EQ(interquartile_mean({10, 20, 10, 20, 10, 20, 10, 20}), 15);
  EXPECT_EQ(interquartile_mean({7}), 7);
  EXPECT_TRUE(std::isnan(interquartile_mean({})));
}

TEST(Statistics, MedianAndItsIntervalOfOneToHundred) {
  std::vector<double> samples;
  for (int i = 1; i <= 100; ++i) samples.push_back(i);
  EXPECT_DOUBLE_EQ(median(samples), 50.5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.0), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 1.0), 100);
  const Interval interval = median_interval(samples);
  EXPECT_NEAR(interval.low, 41, 1);
  EXPECT_NEAR(interval.high, 61, 1);
}

void expect_interval(std::size_t right, std::size_t count, double low, double high) {
  const Interval interval = binomial_interval(right, count);
  EXPECT_NEAR(interval.low, low, 0.005) << right << " of " << count;
  EXPECT_NEAR(interval.high, high, 0.005) << right << " of " << count;
}

TEST(BinomialInterval, IsThatOfClopperAndPearson) {
  expect_interval(0, 10, 0, 30.85);
  expect_interval(8, 10, 44.39, 97.48);
  expect_interval(10, 10, 69.15, 100);
  expect_interval(1, 1, 2.5, 100);
  expect_interval(0, 0, 0, 100);
}

TEST(BinomialInterval, NarrowsWithMoreSamplesAndLessCertainty) {
  const auto width = [](std::size_t right, std::size_t count, double probability) {
    const Interval interval = binomial_interval(right, count, probability);
    EXPECT_LT(interval.low, 90);
    EXPECT_GT(interval.high, 90);
    return interval.high - interval.low;
  };
  EXPECT_LT(width(9000, 10'000, 0.95), width(90, 100, 0.95));
  EXPECT_LT(width(90, 100, 0.9), width(90, 100, 0.99));
  EXPECT_NEAR(width(9'000'000, 10'000'000, 0.95), 0.0372, 0.0001);
}

std::string invalid_input_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
    return error.message();
  }
  return "no error";
}

TEST(BinomialInterval, RefusesWhatCannotBe) {
  EXPECT_THAT(invalid_input_of([] { binomial_interval(3, 2); }), testing::HasSubstr("3 of 2 right"));
  EXPECT_THAT(invalid_input_of([] { binomial_interval(1, 2, 1); }), testing::HasSubstr("probability 1"));
}

TEST(Statistics, OfNoSamplesAreNaN) {
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(median_interval({}).low));
  EXPECT_TRUE(std::isnan(median_interval({}).high));
}

}  // namespace
}  // namespace tandem::base
