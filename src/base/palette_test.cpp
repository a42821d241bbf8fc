#include "base/palette.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tandem::base {
namespace {

TEST(Palette, HasAColourOfItsOwnForEachSeriesInBothSchemes) {
  std::set<std::string_view> light;
  std::set<std::string_view> dark;
  for (std::size_t index = 0; index < 7; ++index) {
    const auto found = std::ranges::find(palette(), series_name(index), &Colour::name);
    ASSERT_NE(found, palette().end()) << index;
    light.insert(found->light);
    dark.insert(found->dark);
  }
  EXPECT_EQ(light.size(), 7u);
  EXPECT_EQ(dark.size(), 7u);
  EXPECT_EQ(series_name(7), series_name(0));
}

}  // namespace
}  // namespace tandem::base
