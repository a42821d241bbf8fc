#include "report/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::report {
namespace {

using testing::StartsWith;

constexpr const char* kSvg =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30\" height=\"20\"><style>.a{fill:#0072b2}\n"
    "@media screen and (prefers-color-scheme: dark){.a{fill:#000000}}</style>"
    "<rect width=\"30\" height=\"20\" class=\"a\"/></svg>";

unsigned number_at(const std::string& png, std::size_t at) {
  unsigned value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png.at(at + i));
  return value;
}

TEST(Png, HasTwiceThePixelsOfThePicture) {
  if (!can_draw_png()) GTEST_SKIP() << "no " << kPngLibrary << " here";
  const auto png = to_png(kSvg);
  EXPECT_THAT(png, StartsWith("\x89PNG\r\n"));
  EXPECT_EQ(number_at(png, 16), 60u);
  EXPECT_EQ(number_at(png, 20), 40u);
}

TEST(Png, RefusesWhatIsNoPicture) {
  EXPECT_THROW(to_png("no picture"), base::Error);
  EXPECT_THROW(to_png(""), base::Error);
}

}  // namespace
}  // namespace tandem::report
