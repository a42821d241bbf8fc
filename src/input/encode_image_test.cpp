#include "input/encode_image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "input/image.h"

namespace tandem::input {
namespace {

base::Tensor smooth_image(std::int64_t width, std::int64_t height, std::int64_t channels) {
  base::Tensor image = base::Tensor::allocate({base::ElementType::UInt8, {height, width, channels}});
  std::size_t i = 0;
  for (std::uint8_t& sample : image.mutable_values<std::uint8_t>()) {
    sample = static_cast<std::uint8_t>(static_cast<std::int64_t>(i++) / channels * 200 / (width * height));
  }
  return image;
}

std::vector<std::byte> png_of(const base::Tensor& image) {
  std::vector<std::byte> file;
  append_png(image, file);
  return file;
}

std::vector<std::byte> jpeg_of(const base::Tensor& image, int quality) {
  std::vector<std::byte> file;
  append_jpeg(image, quality, file);
  return file;
}

TEST(EncodeImage, WritesPngsThatReadAsTheyWere) {
  const base::Tensor image = smooth_image(31, 17, 3);
  const base::Tensor read = decode_image(png_of(image), "test");
  EXPECT_EQ(read.type(), image.type());
  EXPECT_TRUE(std::ranges::equal(read.bytes(), image.bytes()));
}

TEST(EncodeImage, WritesGreyPictures) {
  const base::Tensor image = smooth_image(31, 17, 1);
  const base::Tensor read = decode_image(png_of(image), "test");
  for (std::size_t i = 0; i < image.size(); ++i) {
    for (std::size_t channel = 0; channel < 3; ++channel) ASSERT_EQ(read.bytes()[3 * i + channel], image.bytes()[i]);
  }
  EXPECT_LT(jpeg_of(image, 90).size(), jpeg_of(smooth_image(31, 17, 3), 90).size());
}

TEST(EncodeImage, WritesJpegsThatReadNearlyAsTheyWere) {
  const base::Tensor image = smooth_image(64, 48, 3);
  const base::Tensor read = decode_image(jpeg_of(image, 95), "test");
  ASSERT_EQ(read.type(), image.type());
  for (std::size_t i = 0; i < image.size(); ++i) {
    ASSERT_NEAR(std::to_integer<int>(read.bytes()[i]), std::to_integer<int>(image.bytes()[i]), 5) << i;
  }
}

TEST(EncodeImage, RefusesOtherTensorsThanPictures) {
  std::vector<std::byte> file;
  for (const base::TensorType& type : {base::TensorType{base::ElementType::Float32, {4, 4, 3}},
                                       {base::ElementType::UInt8, {4, 4, 4}},
                                       {base::ElementType::UInt8, {4, 0, 3}},
                                       {base::ElementType::UInt8, {4, 65501, 3}},
                                       {base::ElementType::UInt8, {4, 4}}}) {
    EXPECT_THROW(append_png(base::Tensor::allocate(type), file), base::Error);
    EXPECT_THROW(append_jpeg(base::Tensor::allocate(type), 90, file), base::Error);
  }
  EXPECT_TRUE(file.empty());
}

}  // namespace
}  // namespace tandem::input
