#include "input/picture_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/test_files.h"
#include "input/picture_metadata.h"

namespace tandem::input {
namespace {

using base::ElementType;
using base::message_of;
using base::TensorType;
using testing::HasSubstr;

const TensorType kColour{ElementType::Float32, {1, 3, 32, 48}};
const TensorType kBytes{ElementType::UInt8, {1, 3, 32, 32}};

std::string metadata(PixelFormat format, int side = 28) {
  Preprocessing pictures = preset(format);
  pictures.height = pictures.width = side;
  return to_json(pictures).dump();
}

TEST(PictureInput, IsAsTheModelSays) {
  const auto [pictures, note] = picture_input(metadata(PixelFormat::Unit), {}, kColour, "m");
  EXPECT_EQ(name_of_values(pictures), "unit");
  EXPECT_EQ(pictures.height, 28);
  EXPECT_EQ(pictures.frame_height, 32);
  EXPECT_EQ(pictures.frame_width, 48);
  EXPECT_EQ(note, "");
}

TEST(PictureInput, FollowsAFlagThatContradictsTheModelAndSaysBoth) {
  const auto [pictures, note] =
      picture_input(metadata(PixelFormat::Unit), {.pixels = PixelFormat::ImageNet}, kColour, "m");
  EXPECT_EQ(name_of_values(pictures), "imagenet");
  EXPECT_EQ(note,
            "m says that its pictures are unit, 28x28, crop, nchw, rgb; the flags, which are followed, say imagenet, "
            "28x28, crop, nchw, rgb");
}

TEST(PictureInput, IsSilentAboutAFlagThatAgrees) {
  EXPECT_EQ(picture_input(metadata(PixelFormat::Unit), {.pixels = PixelFormat::Unit}, kColour, "m").note, "");
}

TEST(PictureInput, SaysWhatItAssumesOfAModelThatSaysNothing) {
  const auto [pictures, note] = picture_input({}, {}, kColour, "m");
  EXPECT_EQ(name_of_values(pictures), "symmetric");
  EXPECT_EQ(note,
            "m does not say how it takes pictures: symmetric, 32x48, crop, nchw, rgb is assumed; --pixels chooses one "
            "of symmetric, unit, none, imagenet");
  EXPECT_EQ(picture_input({}, {.pixels = PixelFormat::Unit}, kColour, "m").note, "");
}

TEST(PictureInput, LeavesBytesToModelsThatTakeThem) {
  EXPECT_EQ(picture_input({}, {}, kBytes, "m").note, "");
  const auto [pictures, note] =
      picture_input(metadata(PixelFormat::None), {.pixels = PixelFormat::Symmetric}, kBytes, "m");
  EXPECT_TRUE(pictures.as_bytes);
  EXPECT_EQ(note, "m takes bytes as they are: --pixels, --mean and --std do not scale them");
}

TEST(PictureInput, TakesEveryFlag) {
  const auto pictures = picture_input({},
                                      {.size = "20x30",
                                       .resize = "stretch",
                                       .layout = "nhwc",
                                       .mean = {1, 2, 3},
                                       .deviation = {4, 5, 6},
                                       .bgr = true},
                                      {ElementType::Float32, {1, 32, 48, 3}}, "m")
                            .preprocessing;
  EXPECT_EQ(text_of(pictures), "scale 0.00784314 mean 1,2,3 deviation 4,5,6, 20x30, stretch, nhwc, bgr");
  EXPECT_EQ(pictures.frame_width, 48);
}

TEST(PictureInput, IsGreyForOneChannel) {
  const TensorType grey{ElementType::Float32, {1, 1, 28, 28}};
  EXPECT_EQ(picture_input({}, {}, grey, "m").preprocessing.channels, ChannelOrder::Grey);
  EXPECT_EQ(message_of([&] { picture_input({}, {.pixels = PixelFormat::ImageNet}, grey, "m"); }),
            "m: pixels 'imagenet' differ by colour, the model takes 1 channel, expected 3");
}

TEST(PictureInput, RefusesWhatDoesNotFitTheModel) {
  const auto error = [](const std::string& text, const PictureOptions& options = {}) {
    return message_of([&] { picture_input(text, options, kColour, "m"); });
  };
  EXPECT_EQ(error(metadata(PixelFormat::Unit, 40)),
            "m: metadata tandem.input: pictures of 40x40 are larger than the model's input, 32x48");
  EXPECT_EQ(error(R"({"layout": "nhwc", "scale": 1, "mean": [0, 0, 0], "deviation": [1, 1, 1]})"),
            "m: metadata tandem.input: pictures in layout nhwc with channels rgb do not fit the model's input, "
            "1x3x32x48");
  EXPECT_EQ(error("{}"), "m: metadata tandem.input: 'scale' is missing");
  EXPECT_EQ(error(metadata(PixelFormat::Unit), {.size = "3"}), "--size 3: expected HxW, such as 224x224");
}

// A tensor that is no picture has no channels to check.
TEST(PictureInput, IsOfAnyShapeWithoutMetadata) {
  EXPECT_NO_THROW(picture_input({}, {}, {ElementType::Float32, {1, 12, 5, 5}}, "m"));
  EXPECT_EQ(picture_input({}, {}, {ElementType::Float32, {1, 10}}, "m").preprocessing.width, 224);
}

}  // namespace
}  // namespace tandem::input
