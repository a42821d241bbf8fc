#include "codec/finite.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tandem::codec {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(AreFinite, HoldsForTheLargestAndTheSmallestNumbers) {
  EXPECT_TRUE(are_finite({}));
  EXPECT_TRUE(are_finite(std::vector<float>(100, -std::numeric_limits<float>::max())));
  EXPECT_TRUE(are_finite(std::vector<float>(100, std::numeric_limits<float>::denorm_min())));
}

TEST(AreFinite, FindsOneAnywhere) {
  for (const std::size_t count : {1U, 15U, 16U, 17U, 50U}) {
    for (std::size_t place = 0; place < count; ++place) {
      for (const float odd :
           {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()}) {
        std::vector<float> values(count, -1.5F);
        values[place] = odd;
        EXPECT_FALSE(are_finite(values)) << odd << " at " << place << " of " << count;
      }
    }
  }
}

}  // namespace
}  // namespace tandem::codec
