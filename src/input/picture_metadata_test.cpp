#include "input/picture_metadata.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/test_files.h"

namespace tandem::input {
namespace {

using base::message_of;

std::string error_of(const std::string& text) {
  return message_of([&] { static_cast<void>(parse_pictures(text, "m")); });
}

TEST(PictureMetadata, IsReadAsWritten) {
  for (const auto format : kPixelFormats) {
    Preprocessing pictures = preset(format);
    pictures.height = 28;
    pictures.layout = Layout::Nhwc;
    pictures.channels = ChannelOrder::Bgr;
    pictures.resize = Resize::Stretch;
    EXPECT_EQ(parse_pictures(to_json(pictures).dump(), "m"), pictures) << name_of(format);
  }
}

TEST(PictureMetadata, HasOneNumberForGrey) {
  Preprocessing grey = preset(PixelFormat::Symmetric);
  grey.channels = ChannelOrder::Grey;
  EXPECT_EQ(to_json(grey)["mean"], base::Json::array({1.0}));
  EXPECT_EQ(parse_pictures(to_json(grey).dump(), "m"), grey);
}

TEST(PictureMetadata, LeavesASizeThatItDoesNotGiveToTheModel) {
  const auto pictures = parse_pictures(R"({"scale": 1, "mean": [0, 0, 0], "deviation": [1, 1, 1]})", "m");
  EXPECT_EQ(pictures.height, 0);
  EXPECT_EQ(pictures.width, 0);
  EXPECT_EQ(name_of_values(pictures), "none");
}

TEST(PictureMetadata, IsRefusedInOneLineThatSaysWhere) {
  EXPECT_EQ(error_of("{}"), "m: 'scale' is missing");
  EXPECT_EQ(error_of(R"({"size": 3})").substr(0, 24), "m: unknown key 'size', e");
  EXPECT_EQ(error_of(R"({"height": 9000, "width": 1})"), "m: height: expected a whole number in [1, 8192], found 9000");
  EXPECT_EQ(error_of(R"({"height": 9})"), "m: 'width' is missing");
  EXPECT_EQ(error_of(R"({"layout": "chwn"})"), "m: layout: expected one of nchw, nhwc, found \"chwn\"");
  EXPECT_EQ(error_of(R"({"crop_fraction": 0})"), "m: crop_fraction: expected a number in [0.01, 1], found 0");
  EXPECT_EQ(error_of(R"({"scale": 1e300})"), "m: scale: expected a number in [-1000000000, 1000000000], found 1e+300");
  EXPECT_EQ(error_of(R"({"scale": 1, "mean": [0]})"), "m: mean: expected 3 numbers, found [0]");
  EXPECT_EQ(error_of(R"({"scale": 1, "mean": [0, 0, 0], "deviation": [1, 0, 1]})"),
            "m: deviation: expected numbers other than 0, found [1,0,1]");
  EXPECT_NE(error_of("nonsense").find("m: not valid JSON"), std::string::npos);
}

TEST(PictureMetadata, HasAShortText) {
  Preprocessing pictures = preset(PixelFormat::Unit);
  pictures.height = 28;
  EXPECT_EQ(text_of(pictures), "unit, 28x224, crop, nchw, rgb");
}

TEST(ClassNames, AreAList) {
  EXPECT_EQ(parse_class_names(R"(["cat", "dog"])", "m"), (std::vector<std::string>{"cat", "dog"}));
}

TEST(ClassNames, AreRefusedInOneLine) {
  const auto error = [](const std::string& text) {
    return message_of([&] { static_cast<void>(parse_class_names(text, "m")); });
  };
  EXPECT_EQ(error(R"({"cat": 1})"), "m: expected a list, found {\"cat\":1}");
  EXPECT_EQ(error("[]"), "m: expected a list of at least one name, found []");
  EXPECT_EQ(error("[1]"), "m[0]: expected text, found 1");
  EXPECT_EQ(error("[\"" + std::string(1001, 'x') + "\"]").substr(0, 41), "m[0]: expected text of at most 1000 bytes");
}

}  // namespace
}  // namespace tandem::input
