#include "input/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/test_images.h"

namespace tandem::input {
namespace {

using base::Tensor;
using test::bytes_of;

Tensor decode(const std::string& file, const ImageLimits& limits = {}) {
  return decode_image(bytes_of(file), "cat.jpg", limits);
}

std::string error_of(const std::string& file, const ImageLimits& limits = {}) {
  try {
    decode(file, limits);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

std::vector<int> samples_of(const Tensor& image) {
  const auto samples = image.values<unsigned char>();
  return {samples.begin(), samples.end()};
}

int largest_difference(const Tensor& actual, const Tensor& expected) {
  EXPECT_EQ(actual.shape(), expected.shape());
  int largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    largest = std::max(largest, std::abs(samples_of(actual)[i] - samples_of(expected)[i]));
  }
  return largest;
}

TEST(DecodeJpeg, GivesTheColoursThatWereEncoded) {
  const Tensor image = test::gradient(40, 24);
  for (const bool is_progressive : {false, true}) {
    EXPECT_LE(largest_difference(decode(test::encode_jpeg(image, {JCS_RGB, is_progressive})), image), 12);
  }
}

TEST(DecodeJpeg, SpreadsGreyOverThreeChannels) {
  const Tensor image = decode(test::encode_jpeg(std::vector<unsigned char>(64, 77), 8, 8, {JCS_GRAYSCALE}));
  EXPECT_EQ(image.shape(), (base::Shape{8, 8, 3}));
  EXPECT_TRUE(std::ranges::all_of(samples_of(image), [](int sample) { return sample == 77; }));
}

TEST(DecodeJpeg, ConvertsCmykAsAdobeStoresIt) {
  std::vector<unsigned char> inverted;
  for (int i = 0; i < 64; ++i) inverted.insert(inverted.end(), {255, 100, 0, 255});  // no black ink
  const Tensor image = decode(test::encode_jpeg(inverted, 8, 8, {JCS_CMYK}));
  const std::vector<int> samples = samples_of(image);
  EXPECT_NEAR(samples[0], 255, 3);
  EXPECT_NEAR(samples[1], 100, 3);
  EXPECT_NEAR(samples[2], 0, 3);
}

TEST(DecodePng, GivesTheSamplesThatWereEncoded) {
  const Tensor image = test::pattern(23, 17);
  for (const bool is_interlaced : {false, true}) {
    const std::string file = test::encode_png(image, {.is_interlaced = is_interlaced});
    EXPECT_EQ(samples_of(decode(file)), samples_of(image));
  }
}

TEST(DecodePng, LooksUpPalettes) {
  const test::PngWish wish{PNG_COLOR_TYPE_PALETTE, 8, false, {{1, 2, 3}, {40, 50, 60}}};
  EXPECT_EQ(samples_of(decode(test::encode_png({{1, 0}}, 2, wish))), (std::vector{40, 50, 60, 1, 2, 3}));
}

TEST(DecodePng, WidensGreyOfOneBit) {
  const Tensor image = decode(test::encode_png({{0b10000000}}, 2, {PNG_COLOR_TYPE_GRAY, 1}));
  EXPECT_EQ(samples_of(image), (std::vector{255, 255, 255, 0, 0, 0}));
}

TEST(DecodePng, ScalesSixteenBitsToEight) {
  const Tensor image = decode(test::encode_png({{0xff, 0xff, 0x80, 0x80, 0x00, 0x10}}, 1, {PNG_COLOR_TYPE_RGB, 16}));
  EXPECT_EQ(samples_of(image), (std::vector{255, 128, 0}));
}

TEST(DecodePng, DropsAlpha) {
  EXPECT_EQ(samples_of(decode(test::encode_png({{10, 20, 30, 0}}, 1, {PNG_COLOR_TYPE_RGB_ALPHA}))),
            (std::vector{10, 20, 30}));
  EXPECT_EQ(samples_of(decode(test::encode_png({{10, 0}}, 1, {PNG_COLOR_TYPE_GRAY_ALPHA}))), (std::vector{10, 10, 10}));
}

TEST(DecodeImage, GoesByContentAndRefusesOtherFormats) {
  EXPECT_EQ(error_of("GIF89a"), "cat.jpg: neither JPEG nor PNG, expected one of them");
  EXPECT_EQ(error_of(""), "cat.jpg: neither JPEG nor PNG, expected one of them");
}

TEST(DecodeImage, RefusesMorePixelsThanTheLimit) {
  const ImageLimits limits{.pixels = 99};
  EXPECT_EQ(error_of(test::encode_png(test::pattern(10, 10)), limits),
            "cat.jpg: 10x10 pixels, expected at most 99 in all");
  EXPECT_EQ(error_of(test::encode_jpeg(test::pattern(10, 10)), limits),
            "cat.jpg: 10x10 pixels, expected at most 99 in all");
}

TEST(DecodeImage, RefusesEveryTruncation) {
  for (const std::string& file : {test::encode_jpeg(test::pattern(30, 20)), test::encode_png(test::pattern(30, 20)),
                                  test::encode_jpeg(test::pattern(30, 20), {JCS_RGB, true})}) {
    for (std::size_t size = 0; size + 2 < file.size(); size += 7) EXPECT_NE(error_of(file.substr(0, size)), "no error");
  }
}

TEST(DecodeImage, SurvivesDamageWithOneLineErrors) {
  for (const std::string& file : {test::encode_jpeg(test::pattern(30, 20)), test::encode_png(test::pattern(30, 20)),
                                  test::encode_jpeg(test::pattern(30, 20), {JCS_RGB, true})}) {
    test::for_each_damaged(file, [](const std::string& damaged) {
      const std::string message = error_of(damaged, {.pixels = 100'000});
      EXPECT_EQ(message.find('\n'), std::string::npos);
    });
  }
}

TEST(ReadImage, NamesAMissingFile) {
  EXPECT_THROW(read_image("/nonexistent/cat.jpg"), base::Error);
}

}  // namespace
}  // namespace tandem::input
