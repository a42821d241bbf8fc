#include "plan/ask/verified.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(OrderVerified, KeepsThePlannersOrderOfSimilarTimes) {
  EXPECT_THAT(order_verified({100, 98, 96}), ElementsAre(0, 1, 2));
  EXPECT_THAT(order_verified({}), IsEmpty());
}

TEST(OrderVerified, PrefersPlansMeasuredClearlyFaster) {
  EXPECT_THAT(order_verified({100, 94}), ElementsAre(1, 0));
  EXPECT_THAT(order_verified({100, 80, 60}), ElementsAre(2, 1, 0));
  EXPECT_THAT(order_verified({100, 120, 90}), ElementsAre(2, 0, 1));
}

TEST(OrderVerified, LetsAPlanPassOnlyClearlySlowerOnes) {
  EXPECT_THAT(order_verified({100, 90, 88}), ElementsAre(1, 2, 0));
  EXPECT_THAT(order_verified({90, 100, 88}), ElementsAre(0, 2, 1));
}

}  // namespace
}  // namespace tandem::plan
