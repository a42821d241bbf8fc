#include "input/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "input/test_images.h"

namespace tandem::input {
namespace {

using base::Tensor;

// Σ (i + 1) × sample[i] modulo a prime: no sample can change or move unnoticed.
std::int64_t fingerprint(const Tensor& image) {
  std::int64_t sum = 0;
  std::int64_t position = 0;
  for (const unsigned char sample : image.values<unsigned char>()) sum += ++position * sample;
  return sum % 1'000'003;
}

Tensor stretched(int width, int height, int to_width, int to_height) {
  return resize(test::pattern(width, height), {.width = to_width, .height = to_height, .resize = Resize::Stretch});
}

Tensor cropped(int width, int height, int side, double fraction) {
  return resize(test::pattern(width, height), {.width = side, .height = side, .crop_fraction = fraction});
}

// The fingerprints are of Pillow 9.4's resize(…, BILINEAR), for the crops followed by crop() as torchvision does it.
TEST(Resize, EqualsPillowWhenStretching) {
  EXPECT_EQ(fingerprint(stretched(13, 9, 5, 4)), 231795);
  EXPECT_EQ(fingerprint(stretched(5, 4, 13, 9)), 706642);
  EXPECT_EQ(fingerprint(stretched(7, 30, 7, 3)), 258498);
  EXPECT_EQ(fingerprint(stretched(300, 200, 17, 23)), 818937);
}

TEST(Resize, EqualsPillowAndTorchvisionWhenCropping) {
  EXPECT_EQ(fingerprint(cropped(40, 30, 14, 0.875)), 207118);
  EXPECT_EQ(fingerprint(cropped(30, 47, 14, 0.875)), 144739);
  EXPECT_EQ(fingerprint(cropped(500, 375, 224, 0.875)), 11465);
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  EXPECT_EQ(fingerprint(stretched(20, 10, 20, 10)), fingerprint(test::pattern(20, 10)));
  EXPECT_EQ(fingerprint(cropped(20, 20, 20, 1)), fingerprint(test::pattern(20, 20)));
}

TEST(Resize, CropsTheCentreOfTheLongerSide) {
  const Tensor image = test::gradient(90, 10);
  const Tensor middle = resize(image, {.width = 10, .height = 10});
  EXPECT_EQ(middle.values<unsigned char>()[0], image.values<unsigned char>()[std::size_t{40} * 3]);
}

TEST(Resize, CoversTargetsThatAreNotSquare) {
  const Tensor image = resize(test::pattern(30, 30), {.width = 20, .height = 10, .crop_fraction = 0.5});
  EXPECT_EQ(image.shape(), (base::Shape{10, 20, 3}));
}

TEST(Resize, TakesExtremeProportions) {
  EXPECT_EQ(cropped(5000, 1, 224, 0.875).shape(), (base::Shape{224, 224, 3}));
  EXPECT_EQ(cropped(1, 5000, 224, 0.01).shape(), (base::Shape{224, 224, 3}));
  EXPECT_EQ(stretched(1, 1, 3, 2).values<unsigned char>()[3], test::pattern(1, 1).values<unsigned char>()[0]);
}

TEST(Resize, RefusesSizesThatTakeTooMuchMemory) {
  const Tensor tall = Tensor::allocate({base::ElementType::UInt8, {1'000'000, 1, 3}});
  EXPECT_THROW(resize(tall, {.width = 8192, .height = 8192, .resize = Resize::Stretch}), base::Error);
}

TEST(Resize, RefusesOtherTensorsThanImages) {
  EXPECT_THROW(resize(Tensor::allocate({base::ElementType::UInt8, {4, 4}}), {}), base::Error);
  EXPECT_THROW(resize(Tensor::allocate({base::ElementType::Float32, {4, 4, 3}}), {}), base::Error);
  EXPECT_THROW(resize(Tensor::allocate({base::ElementType::UInt8, {0, 4, 3}}), {}), base::Error);
}

TEST(Normalise, SubtractsMeansAndDividesByDeviations) {
  const Tensor image = test::pattern(2, 1);
  const Tensor result = normalise(image, preset(PixelFormat::ImageNet));
  EXPECT_EQ(result.type(), (base::TensorType{base::ElementType::Float32, {1, 3, 1, 2}}));
  const auto samples = image.values<unsigned char>();
  EXPECT_NEAR(result.values<float>()[0], (samples[0] / 255.0 - 0.485) / 0.229, 1e-6);
  EXPECT_NEAR(result.values<float>()[1], (samples[3] / 255.0 - 0.485) / 0.229, 1e-6);
  EXPECT_NEAR(result.values<float>()[2], (samples[1] / 255.0 - 0.456) / 0.224, 1e-6);
}

TEST(Normalise, LaysOutChannelsLastAndInEitherOrder) {
  const Tensor image = test::pattern(2, 1);
  Preprocessing wish = preset(PixelFormat::None);
  wish.layout = Layout::Nhwc;
  wish.channels = ChannelOrder::Bgr;
  const Tensor result = normalise(image, wish);
  EXPECT_EQ(result.shape(), (base::Shape{1, 1, 2, 3}));
  for (const int i : {0, 1, 2}) EXPECT_EQ(result.values<float>()[i], image.values<unsigned char>()[2 - i]);
}

TEST(Preset, RangesAreAsNamed) {
  Tensor image = Tensor::allocate({base::ElementType::UInt8, {1, 2, 3}});
  for (int i = 0; i < 6; ++i) image.mutable_values<unsigned char>()[i] = i < 3 ? 0 : 255;
  const auto range = [&](PixelFormat format) {
    const Tensor result = normalise(image, preset(format));
    return std::pair(result.values<float>()[0], result.values<float>()[1]);
  };
  EXPECT_EQ(range(PixelFormat::Unit), std::pair(0.0f, 1.0f));
  EXPECT_EQ(range(PixelFormat::Symmetric), std::pair(-1.0f, 1.0f));
  EXPECT_EQ(range(PixelFormat::None), std::pair(0.0f, 255.0f));
  for (const auto format : kPixelFormats) EXPECT_NO_THROW(check(preset(format)));
}

TEST(Preprocessing, RefusesBadNumbers) {
  EXPECT_THROW(check({.width = 0}), base::Error);
  EXPECT_THROW(check({.height = 8193}), base::Error);
  EXPECT_THROW(check({.crop_fraction = 0}), base::Error);
  EXPECT_THROW(check({.crop_fraction = NAN}), base::Error);
  EXPECT_THROW(check({.scale = INFINITY}), base::Error);
  EXPECT_THROW(check({.mean = {NAN, 0, 0}}), base::Error);
  EXPECT_THROW(check({.deviation = {1, 0, 1}}), base::Error);
}

TEST(Normalise, LeavesBytesAsTheyAreButForTheLayout) {
  const base::Tensor image = base::Tensor::of<unsigned char>({base::ElementType::UInt8, {1, 2, 3}},
                                                             std::array<unsigned char, 6>{1, 2, 3, 4, 5, 6});
  Preprocessing preprocessing;
  preprocessing.as_bytes = true;
  const base::Tensor result = normalise(image, preprocessing);
  EXPECT_EQ(result.type(), (base::TensorType{base::ElementType::UInt8, {1, 3, 1, 2}}));
  const auto values = result.values<unsigned char>();
  EXPECT_EQ(std::vector(values.begin(), values.end()), (std::vector<unsigned char>{1, 4, 2, 5, 3, 6}));
}

TEST(Resize, LeavesAPictureOfTheSizeAsItIs) {
  EXPECT_EQ(fingerprint(cropped(20, 20, 20, 0.875)), fingerprint(test::pattern(20, 20)));
}

TEST(Normalise, MakesOneChannelOfGrey) {
  const Tensor image = Tensor::of<unsigned char>({base::ElementType::UInt8, {1, 2, 3}},
                                                 std::array<unsigned char, 6>{255, 0, 0, 90, 90, 90});
  Preprocessing wish = preset(PixelFormat::None);
  wish.channels = ChannelOrder::Grey;
  const Tensor result = normalise(image, wish);
  EXPECT_EQ(result.shape(), (base::Shape{1, 1, 1, 2}));
  EXPECT_EQ(result.values<float>()[0], 76);  // Pillow: Image.new("RGB", (1, 1), (255, 0, 0)).convert("L")
  EXPECT_EQ(result.values<float>()[1], 90);
}

TEST(Preprocess, PutsASmallerPictureInTheMiddleOfBlack) {
  Preprocessing wish = preset(PixelFormat::Symmetric);
  wish.width = wish.height = 2;
  wish.frame_width = 4;
  wish.frame_height = 3;
  const Tensor image = test::pattern(2, 2);
  const Tensor result = preprocess(image, wish);
  EXPECT_EQ(result.shape(), (base::Shape{1, 3, 3, 4}));
  const auto values = result.values<float>();
  EXPECT_EQ(values[0], -1);
  EXPECT_EQ(values[1], static_cast<float>(image.values<unsigned char>()[0] / 127.5 - 1));
  EXPECT_EQ(values[11], -1);
}

TEST(Values, HaveANameWhereAPixelFormatHasThem) {
  for (const auto format : kPixelFormats) EXPECT_EQ(name_of_values(preset(format)), name_of(format));
  EXPECT_EQ(name_of_values({.scale = 0.5, .mean = {1, 2, 3}}), "scale 0.5 mean 1,2,3 deviation 1,1,1");
}

}  // namespace
}  // namespace tandem::input
