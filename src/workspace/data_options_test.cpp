#include "workspace/data_options.h"

#include <gtest/gtest.h>

namespace tandem::workspace {
namespace {

// Measurements with other pixels are other measurements.
TEST(DataOptions, HaveAKeyOfAllThatDecidesTheSamples) {
  DataOptions options{.name = "photos"};
  EXPECT_EQ(options.key(), "photos");
  options.limit = 60;
  EXPECT_EQ(options.key(), "photos (60 samples a part)");
  options.pictures.pixels = input::PixelFormat::Unit;
  EXPECT_EQ(options.key(), "photos (60 samples a part, pixels unit)");
  options.limit = 0;
  EXPECT_EQ(options.key(), "photos (pixels unit)");
}

}  // namespace
}  // namespace tandem::workspace
