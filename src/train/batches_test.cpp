#include "train/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace tandem::train {
namespace {

using testing::Each;
using testing::ElementsAre;

// One picture of one channel, 3 × 3, of 1 … 9.
base::Tensor picture(std::int64_t channels = 1) {
  std::vector<std::uint8_t> values(static_cast<std::size_t>(channels) * 9);
  std::iota(values.begin(), values.end(), std::uint8_t{1});
  return base::Tensor::of<std::uint8_t>({base::ElementType::UInt8, {1, channels, 3, 3}}, values);
}

std::vector<int> values_of(const base::Tensor& tensor) {
  const auto values = tensor.values<std::uint8_t>();
  return {values.begin(), values.end()};
}

// All pictures that many draws produce.
std::set<std::vector<int>> outcomes(const base::Tensor& original, const Augmentation& augmentation) {
  std::set<std::vector<int>> seen;
  Random random = random_of(1, 1, Purpose::Augmentation);
  for (int i = 0; i < 400; ++i) seen.insert(values_of(augmented(original, augmentation, random)));
  return seen;
}

TEST(Batches, HoldEachSampleOnceInSizesThatDifferByOneAtMost) {
  Random random = random_of(1, 1, Purpose::Order);
  const auto batches = shuffled_batches(103, 10, random);
  ASSERT_EQ(batches.size(), 11u);
  Indices all;
  for (const auto& batch : batches) {
    EXPECT_TRUE(batch.size() == 9 || batch.size() == 10);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  EXPECT_FALSE(std::ranges::is_sorted(all));
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], i);
  EXPECT_EQ(all.size(), 103u);
}

TEST(Batches, FollowFromSeedAndEpoch) {
  const auto order = [](std::uint64_t seed, int epoch) {
    Random random = random_of(seed, epoch, Purpose::Order);
    return shuffled_batches(50, 50, random).at(0);
  };
  EXPECT_EQ(order(7, 3), order(7, 3));
  EXPECT_NE(order(7, 3), order(7, 4));
  EXPECT_NE(order(7, 3), order(8, 3));
  EXPECT_NE(order(7, 3), order(7 + (std::uint64_t{1} << 32), 3));
}

TEST(Batches, InOrderEndWithWhatIsLeft) {
  EXPECT_THAT(batches_in_order(5, 2), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
  EXPECT_TRUE(batches_in_order(0, 2).empty());
}

TEST(Augmentation, LeavesPicturesAloneWhereItIsOff) {
  EXPECT_THAT(outcomes(picture(), {}), ElementsAre(values_of(picture())));
}

TEST(Augmentation, MirrorsLeftAndRight) {
  EXPECT_THAT(outcomes(picture(), {.flip = true}),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9), ElementsAre(3, 2, 1, 6, 5, 4, 9, 8, 7)));
}

TEST(Augmentation, ShiftsInZerosFromEverySide) {
  const auto seen = outcomes(picture(), {.crop = 1});
  EXPECT_EQ(seen.size(), 9u);
  EXPECT_TRUE(seen.contains({0, 0, 0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(seen.contains({2, 3, 0, 5, 6, 0, 8, 9, 0}));
  EXPECT_TRUE(seen.contains({5, 6, 0, 8, 9, 0, 0, 0, 0}));
}

TEST(Augmentation, ShiftsBeyondThePictureLeaveNothing) {
  EXPECT_TRUE(outcomes(picture(), {.crop = 5}).contains(std::vector<int>(9, 0)));
}

TEST(Augmentation, MovesAllChannelsTogether) {
  for (const auto& seen : outcomes(picture(2), {.flip = true, .crop = 1})) {
    std::vector<int> differences;
    for (std::size_t i = 0; i < 9; ++i) {
      if (seen[i] != 0) differences.push_back(seen[i + 9] - seen[i]);
    }
    EXPECT_THAT(differences, Each(9));
  }
}

}  // namespace
}  // namespace tandem::train
