#include "data/pixel_format.h"

#include <gtest/gtest.h>

#include "data/test_files.h"
#include "input/preprocess.h"

namespace tandem::data {
namespace {

TEST(PixelFormat, HasANameForEveryPresetOfPreprocessing) {
  for (const std::string& name : input::preset_names()) EXPECT_EQ(name_of(parse_pixel_format(name)), name);
}

TEST(PixelFormat, RefusesANameThatIsNoPreset) {
  EXPECT_EQ(test::message_of([] { static_cast<void>(parse_pixel_format("loud")); }),
            "unknown preprocessing 'loud', expected one of: imagenet, unit, symmetric, none");
}

}  // namespace
}  // namespace tandem::data
