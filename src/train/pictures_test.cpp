#include "train/pictures.h"

#include <gtest/gtest.h>

#include <optional>

#include "input/picture_metadata.h"
#include "train/test_network.h"

namespace tandem::train {
namespace {

data::Dataset dataset(std::vector<std::string> names = {"left", "middle", "right"}) {
  return {"thirds", pictures(4, 1), pictures(2, 2), pictures(2, 3), std::move(names)};
}

model::Source network_that_says(const char* key, const std::string& value) {
  model::GraphBuilder builder(network());
  builder.metadata(key, value);
  return model::Source::from_part(builder.finish(), "net");
}

// The trained model's entry.
std::optional<std::string> said(const char* key, const Settings& settings, const model::Source& source,
                                const data::Dataset& data) {
  model::GraphBuilder builder(source);
  const auto pictures = picture_input(settings, source, {base::ElementType::Float32, {1, 1, 12, 12}}).preprocessing;
  describe(builder, settings, source, pictures, data);
  return model::Source::from_part(builder.finish(), "trained").metadata(key);
}

Settings with_mode(Mode mode) {
  Settings settings;
  settings.mode = mode;
  return settings;
}

TEST(TrainedModel, SaysHowItTakesPictures) {
  const auto text = said(model::kInputKey, {}, network(), dataset());
  EXPECT_EQ(input::text_of(input::parse_pictures(text.value(), "m")), "symmetric, 8x8, crop, nchw, grey");
}

TEST(TrainedModel, TakesPicturesAsTheModelBeforeTrainingUnlessTheSettingsDiffer) {
  const auto unit = said(model::kInputKey, {.pixels = input::PixelFormat::Unit}, network(), dataset());
  const model::Source source = network_that_says(model::kInputKey, unit.value());
  EXPECT_EQ(said(model::kInputKey, {}, source, dataset()), unit);
  Settings other;
  other.pixels = input::PixelFormat::None;
  EXPECT_NE(said(model::kInputKey, other, source, dataset()), unit);
  EXPECT_NE(picture_input(other, source, {base::ElementType::Float32, {1, 1, 8, 8}}).note, "");
}

TEST(TrainedModel, SaysNothingOfSamplesThatAreNoPictures) {
  data::Dataset data = dataset();
  data.train.samples = base::Tensor::allocate({base::ElementType::Float32, {4, 5}});
  EXPECT_EQ(said(model::kInputKey, {}, network(), data), std::nullopt);
}

TEST(TrainedModel, NamesTheClassesOfTheData) {
  EXPECT_EQ(said(model::kLabelsKey, {}, network(), dataset()), R"(["left","middle","right"])");
  EXPECT_EQ(said(model::kLabelsKey, {}, network(), dataset({"0", "1", "2"})), std::nullopt);
}

TEST(TrainedModel, KeepsItsNamesWhereItsTrunkIsFrozen) {
  const model::Source named = network_that_says(model::kLabelsKey, R"(["a","b","c"])");
  EXPECT_EQ(said(model::kLabelsKey, with_mode(Mode::Heads), named, dataset()), R"(["a","b","c"])");
  EXPECT_EQ(said(model::kLabelsKey, with_mode(Mode::Joint), named, dataset()), R"(["left","middle","right"])");
  EXPECT_EQ(said(model::kLabelsKey, with_mode(Mode::Heads), network(), dataset()), R"(["left","middle","right"])");
  EXPECT_EQ(said(model::kLabelsKey, with_mode(Mode::Agreement), network(), dataset()), std::nullopt);
}

}  // namespace
}  // namespace tandem::train
