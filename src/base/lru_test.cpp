#include "base/lru.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tandem::base {
namespace {

TEST(Lru, FindsWhatItHolds) {
  Lru<std::string, int> lru(2);
  EXPECT_EQ(lru.find("a"), nullptr);
  lru.put("a", 1);
  ASSERT_NE(lru.find("a"), nullptr);
  EXPECT_EQ(*lru.find("a"), 1);
  EXPECT_EQ(lru.size(), 1u);
}

TEST(Lru, DropsTheEntryUsedLongestAgo) {
  Lru<std::string, int> lru(2);
  lru.put("a", 1);
  lru.put("b", 2);
  lru.find("a");
  lru.put("c", 3);
  EXPECT_EQ(lru.find("b"), nullptr);
  EXPECT_NE(lru.find("a"), nullptr);
  EXPECT_NE(lru.find("c"), nullptr);
  EXPECT_EQ(lru.size(), 2u);
}

TEST(Lru, ReplacesAValueWithoutDroppingAnother) {
  Lru<std::string, int> lru(2);
  lru.put("a", 1);
  lru.put("b", 2);
  lru.put("a", 3);
  EXPECT_EQ(*lru.find("a"), 3);
  EXPECT_EQ(*lru.find("b"), 2);
  lru.put("c", 4);
  EXPECT_EQ(lru.find("a"), nullptr) << "used before b";
}

TEST(Lru, HoldsValuesThatCannotBeCopied) {
  Lru<int, std::unique_ptr<int>> lru(1);
  lru.put(1, std::make_unique<int>(7));
  EXPECT_EQ(**lru.find(1), 7);
}

TEST(Lru, DropsTheOldestOnDemand) {
  Lru<int, int> map(3);
  map.put(1, 10);
  map.put(2, 20);
  map.find(1);
  EXPECT_TRUE(map.drop_oldest());
  EXPECT_EQ(map.find(2), nullptr);
  EXPECT_TRUE(map.drop_oldest());
  EXPECT_FALSE(map.drop_oldest());
  EXPECT_EQ(map.size(), 0u);
}

}  // namespace
}  // namespace tandem::base
