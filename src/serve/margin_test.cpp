#include "serve/margin.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using base::Milliseconds;

TEST(Margin, BeginsWithATenthAndFiveMilliseconds) {
  EXPECT_EQ(Margin(Milliseconds(100)).needed(), Milliseconds(115));
}

TEST(Margin, GrowsAtOnceWithARunThatTookLonger) {
  Margin margin(Milliseconds(100));
  margin.note(Milliseconds(120));
  EXPECT_EQ(margin.needed(), Milliseconds(130));
  margin.note(Milliseconds(101));
  EXPECT_LT(margin.needed(), Milliseconds(130));
  EXPECT_GT(margin.needed(), Milliseconds(129)) << "shrinks slowly";
  for (int i = 0; i < 1000; ++i) margin.note(Milliseconds(100));
  EXPECT_EQ(margin.needed(), Milliseconds(115));
}

TEST(Margin, DoublesWhenADeadlineIsMissed) {
  Margin margin(Milliseconds(0));
  margin.note_miss();
  EXPECT_EQ(margin.needed(), Milliseconds(10));
  for (int i = 0; i < 100; ++i) margin.note_miss();
  EXPECT_EQ(margin.needed(), Milliseconds(500)) << "within bounds";
}

}  // namespace
}  // namespace tandem::serve
