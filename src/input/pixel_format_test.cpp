#include "input/pixel_format.h"

#include <gtest/gtest.h>

#include "base/test_files.h"

namespace tandem::input {
namespace {

TEST(PixelFormat, IsReadByItsName) {
  for (const auto format : kPixelFormats) EXPECT_EQ(parse_pixel_format(name_of(format)), format);
}

TEST(PixelFormat, RefusesANameThatIsNone) {
  EXPECT_EQ(base::message_of([] { static_cast<void>(parse_pixel_format("loud")); }),
            "unknown pixels 'loud', expected one of: symmetric, unit, none, imagenet");
}

}  // namespace
}  // namespace tandem::input
