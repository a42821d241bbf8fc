#include "link/timing.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/statistics.h"

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;

std::vector<double> draw(double correlation, int count = 20'000) {
  Jitter jitter(7);
  std::vector<double> delays;
  for (int i = 0; i < count; ++i) {
    delays.push_back(std::chrono::duration<double, std::milli>(jitter.draw(10ms, correlation)).count());
  }
  return delays;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double correlation_of_neighbours(const std::vector<double>& values) {
  const double middle = mean(values);
  double joint = 0;
  double own = 0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    joint += (values[i] - middle) * (values[i + 1] - middle);
    own += (values[i] - middle) * (values[i] - middle);
  }
  return joint / own;
}

TEST(Jitter, IsUniformWhateverItsCorrelation) {
  for (const double correlation : {0.0, 0.5, 0.9}) {
    std::vector<double> delays = draw(correlation);
    EXPECT_NEAR(mean(delays), 5, 0.3) << correlation;
    EXPECT_NEAR(base::quantile(delays, 0.9), 9, 0.3) << correlation;
    EXPECT_GE(base::quantile(delays, 0), 0) << correlation;
    EXPECT_LE(base::quantile(delays, 1), 10) << correlation;
  }
}

TEST(Jitter, FollowsItsCorrelation) {
  EXPECT_NEAR(correlation_of_neighbours(draw(0)), 0, 0.03);
  EXPECT_NEAR(correlation_of_neighbours(draw(0.5)), 0.48, 0.03);  // 6 / pi x asin(0.5 / 2), of uniform variables
  EXPECT_NEAR(correlation_of_neighbours(draw(0.9)), 0.89, 0.03);
}

TEST(Jitter, IsConstantAtACorrelationOfOne) {
  const std::vector<double> delays = draw(1, 100);
  EXPECT_EQ(delays, std::vector<double>(100, delays[0]));
}

TEST(Jitter, IsTheSameForTheSameSeed) {
  EXPECT_EQ(draw(0.5, 100), draw(0.5, 100));
}

TEST(Bottleneck, EndsWhenTheRatesThatItHadAddUpToTheItem) {
  Bottleneck bottleneck;
  bottleneck.set_rate(1000, Instant(0s));
  bottleneck.start(3000, Instant(0s));
  EXPECT_EQ(bottleneck.end(), Instant(3s));
  bottleneck.set_rate(0, Instant(1s));
  EXPECT_EQ(bottleneck.end(), Instant::max());
  bottleneck.set_rate(4000, Instant(5s));
  EXPECT_EQ(bottleneck.end(), Instant(5500ms));
}

TEST(LaneClock, LeavesStallsOut) {
  LaneClock clock;
  clock.advance(Instant(1s));
  clock.set_stalled(true, Instant(1s));
  EXPECT_EQ(clock.advance(Instant(9s)), Instant(1s));
  clock.set_stalled(false, Instant(9s));
  EXPECT_EQ(clock.advance(Instant(10s)), Instant(2s));
  EXPECT_EQ(clock.outside(Instant(3s)), Instant(11s));
}

}  // namespace
}  // namespace tandem::link
