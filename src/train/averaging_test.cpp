#include "train/averaging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::train {
namespace {

using testing::ElementsAre;

TEST(Averaging, CoversEverySideWithWindowsOfOneSize) {
  for (std::int64_t length = 1; length <= 40; ++length) {
    for (const std::int64_t side : {1, 2, 4, 16}) {
      const Averaging averaging = average_over({1, 3, length, 2}, side);
      EXPECT_EQ(averaging.size[0], std::min(length, side));
      EXPECT_EQ((averaging.size[0] - 1) * averaging.strides[0] + averaging.kernel[0], length);
      EXPECT_GE(averaging.kernel[0], averaging.strides[0]);
    }
  }
}

TEST(Averaging, OverlapsWhereASideCannotBeDivided) {
  const Averaging averaging = average_over({1, 3, 7, 8}, 2);
  EXPECT_THAT(averaging.kernel, ElementsAre(4, 4));
  EXPECT_THAT(averaging.strides, ElementsAre(3, 4));
}

TEST(Averaging, AddsNoNodeThatWouldChangeNothing) {
  model::GraphBuilder builder("pictures");
  builder.input("x", {base::ElementType::Float32, {1, 3, 4, 4}});
  EXPECT_EQ(add_averaging(builder, "x", average_over({1, 3, 4, 4}, 4), "same"), "x");
  EXPECT_EQ(add_averaging(builder, "x", average_over({1, 3, 4, 4}, 2), "smaller"), "smaller");
}

}  // namespace
}  // namespace tandem::train
