#include "workspace/extraction.h"

#include <gtest/gtest.h>

#include "workspace/test_models.h"

namespace tandem::workspace {
namespace {

model::Source stage(std::size_t first, std::size_t last, const std::vector<std::string>& quantizations = {}) {
  const model::Model model = described_model();
  return model::Source::from_part(extract_stage(model, {.first = first, .last = last, .quantizations = quantizations}),
                                  "stage");
}

TEST(ExtractStage, KeepsTheMetadataThatHoldsForIt) {
  EXPECT_TRUE(stage(0, 1).metadata(model::kInputKey).has_value());
  EXPECT_TRUE(stage(0, 1).metadata(model::kLabelsKey).has_value());
  EXPECT_TRUE(stage(0, 0).metadata(model::kInputKey).has_value());
  EXPECT_FALSE(stage(0, 0).metadata(model::kLabelsKey).has_value());
  EXPECT_FALSE(stage(1, 1).metadata(model::kInputKey).has_value());
  EXPECT_TRUE(stage(1, 1).metadata(model::kLabelsKey).has_value());
}

TEST(ExtractStage, TakesNoPicturesAsCodes) {
  EXPECT_FALSE(stage(0, 0, {"x=0.5,3"}).metadata(model::kInputKey).has_value());
}

}  // namespace
}  // namespace tandem::workspace
