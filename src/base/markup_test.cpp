#include "base/markup.h"

#include <gtest/gtest.h>

namespace tandem::base {
namespace {

TEST(EscapeMarkup, LeavesNoMarkup) {
  EXPECT_EQ(escape_markup("<a href='x'>&\"b\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;b&quot;&lt;/a&gt;");
}

TEST(EscapeMarkup, KeepsOtherTextAndDropsNul) {
  EXPECT_EQ(escape_markup("Größe → 3"), "Größe → 3");
  EXPECT_EQ(escape_markup(std::string_view("a\0b", 3)), "ab");
}

}  // namespace
}  // namespace tandem::base
