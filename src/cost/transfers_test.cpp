#include "cost/transfers.h"

#include <gtest/gtest.h>

#include "cost/test_costs.h"

namespace tandem::cost {
namespace {

// 10 ms there and back, 10 Mb/s.
LinkCosts link() {
  LinkCosts link = some_link_costs();
  link.round_trip_ms.value = 10;
  link.upload_mbps.value = 10;
  return link;
}

TEST(Transfers, LearnsTheBandwidthFromALargeFrame) {
  LinkCosts costs = link();
  EXPECT_TRUE(learn(costs, 1e6, 10 + 400, 2000));  // 8 Mb in 400 ms
  EXPECT_EQ(costs.upload_mbps, (Reading{20, 2000, Source::Transfer}));
  EXPECT_EQ(costs.round_trip_ms, link().round_trip_ms);
  EXPECT_EQ(costs.download_mbps, link().download_mbps);
}

TEST(Transfers, LearnsTheRoundTripFromASmallFrame) {
  LinkCosts costs = link();
  EXPECT_TRUE(learn(costs, 125, 14.1, 2000));  // 0.1 ms of transmission
  EXPECT_NEAR(costs.round_trip_ms.value, 14, 1e-9);
  EXPECT_EQ(costs.round_trip_ms.source, Source::Transfer);
  EXPECT_EQ(costs.upload_mbps, link().upload_mbps);
}

TEST(Transfers, ScalesBothBetweenLargeAndSmall) {
  LinkCosts costs = link();
  EXPECT_TRUE(learn(costs, 12'500, 24, 2000));  // predicted: 10 ms there and back, 10 of transmission
  EXPECT_NEAR(costs.round_trip_ms.value, 12, 1e-9);
  EXPECT_NEAR(costs.upload_mbps.value, 10 / 1.2, 1e-9);
  EXPECT_NEAR(costs.round_trip_ms.value + transfer_ms(12'500, costs.upload_mbps.value), 24, 1e-9);
  EXPECT_EQ(costs.upload_mbps.source, Source::Transfer);
}

TEST(Transfers, LearnsNothingFromTimesThatCannotBe) {
  LinkCosts costs = link();
  EXPECT_FALSE(learn(costs, 125, 0.05, 2000));
  EXPECT_FALSE(learn(costs, 12'500, -1, 2000));
  EXPECT_EQ(costs, link());
}

TEST(Transfers, KeepsTheBandwidthWhenASmallFrameHadToWait) {
  LinkCosts costs = link();
  EXPECT_TRUE(learn(costs, 125, 500.1, 2000));
  EXPECT_EQ(costs.upload_mbps, link().upload_mbps);
  EXPECT_TRUE(learn(costs, 125, 10.1, 2001));
  EXPECT_NEAR(costs.round_trip_ms.value, 10, 1e-9);
}

TEST(Transfers, KeepsTheBandwidthFinite) {
  LinkCosts costs = link();
  costs.round_trip_ms.value = 0;  // not known
  EXPECT_FALSE(learn(costs, 1e6, 0, 2000));
  learn(costs, 0, 500, 2000);
  EXPECT_EQ(costs.upload_mbps, link().upload_mbps);
}

}  // namespace
}  // namespace tandem::cost
