#include "data/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "data/test_files.h"
#include "input/preprocess.h"

namespace tandem::data {
namespace {

using base::ElementType;
using base::Shape;
using base::Tensor;
using input::PixelFormat;
using test::message_of;
using testing::ElementsAre;
using testing::ElementsAreArray;

// Pictures whose bytes count up from 1.
Part pictures_of(const Shape& shape) {
  Part part{Tensor::allocate({ElementType::UInt8, shape}),
            std::vector<std::int64_t>(static_cast<std::size_t>(shape[0]))};
  auto bytes = part.samples.mutable_values<std::uint8_t>();
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return part;
}

Adapter adapter_for(const Part& part, ElementType element, const Shape& model_shape,
                    PixelFormat pixels = PixelFormat::Symmetric) {
  return {part.sample_shape(), part.samples.element(), {element, model_shape}, input::preset(pixels)};
}

std::string error_of_adapter(const Part& part, ElementType element, const Shape& model_shape,
                             PixelFormat pixels = PixelFormat::Symmetric) {
  return message_of([&] { adapter_for(part, element, model_shape, pixels); });
}

// Pictures of two samples, and the second of them as an image.
struct TwoPictures {
  Part part = pictures_of({2, 3, 5, 7});
  Tensor image = Tensor::allocate({ElementType::UInt8, {5, 7, 3}});

  TwoPictures() {
    const auto planes = part.samples.values<std::uint8_t>().last(105);
    for (std::size_t i = 0; i < 105; ++i) image.mutable_values<std::uint8_t>()[i] = planes[i % 3 * 35 + i / 3];
  }
  // The second sample for a model is the image, preprocessed.
  void expect_same(const base::TensorType& model_input, const input::Preprocessing& pictures) const {
    const Adapter adapter(part.sample_shape(), ElementType::UInt8, model_input, pictures);
    const Tensor batch = adapter.batch(part, std::vector<std::size_t>{1});
    const Tensor expected = input::normalise(image, pictures);
    EXPECT_EQ(batch.type(), expected.type());
    EXPECT_TRUE(std::ranges::equal(batch.bytes(), expected.bytes()));
  }
};

TEST(Adapter, AgreesWithPreprocessing) {
  for (const auto format : input::kPixelFormats) {
    SCOPED_TRACE(name_of(format));
    TwoPictures().expect_same({ElementType::Float32, {1, 3, 5, 7}}, input::preset(format));
  }
}

TEST(Adapter, AgreesWithPreprocessingInEveryLayoutAndOrder) {
  input::Preprocessing pictures = input::preset(PixelFormat::ImageNet);
  pictures.channels = input::ChannelOrder::Bgr;
  TwoPictures().expect_same({ElementType::Float32, {1, 3, 5, 7}}, pictures);
  pictures.layout = input::Layout::Nhwc;
  TwoPictures().expect_same({ElementType::Float32, {1, 5, 7, 3}}, pictures);
  pictures.as_bytes = true;
  TwoPictures().expect_same({ElementType::UInt8, {1, 5, 7, 3}}, pictures);
}

TEST(Adapter, MakesColoursGreyForOneChannel) {
  input::Preprocessing pictures = input::preset(PixelFormat::Symmetric);
  pictures.channels = input::ChannelOrder::Grey;
  TwoPictures().expect_same({ElementType::Float32, {1, 1, 5, 7}}, pictures);
}

TEST(Adapter, TakesSamplesInTheOrderAskedFor) {
  const Part part = pictures_of({4, 1, 1, 2});
  const Tensor batch = adapter_for(part, ElementType::Float32, {1, 1, 1, 2}, PixelFormat::None)
                           .batch(part, std::vector<std::size_t>{3, 0, 3});
  EXPECT_EQ(batch.shape(), (Shape{3, 1, 1, 2}));
  EXPECT_THAT(batch.values<float>(), ElementsAre(7, 8, 1, 2, 7, 8));
}

TEST(Adapter, PutsSmallPicturesInTheMiddle) {
  const Part part = pictures_of({2, 1, 1, 2});
  const Tensor batch =
      adapter_for(part, ElementType::Float32, {1, 1, 4, 4}, PixelFormat::None).batch(part, std::vector<std::size_t>{1});
  EXPECT_THAT(batch.values<float>(), ElementsAre(0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Adapter, PadsWithTheNumberOfAZeroByte) {
  const Part part = pictures_of({1, 1, 1, 1});
  const Tensor batch = adapter_for(part, ElementType::Float32, {1, 1, 1, 3}).batch(part, std::vector<std::size_t>{0});
  EXPECT_THAT(batch.values<float>(), ElementsAre(-1, static_cast<float>(1 / 127.5 - 1), -1));
}

TEST(Adapter, RepeatsGreyPicturesForThreeChannels) {
  const Part part = pictures_of({2, 1, 1, 2});
  const Tensor batch = adapter_for(part, ElementType::Float32, {1, 3, 1, 2}, PixelFormat::None)
                           .batch(part, std::vector<std::size_t>{1, 0});
  EXPECT_THAT(batch.values<float>(), ElementsAre(3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2));
}

TEST(Adapter, PadsEachChannelOfAColourPicture) {
  const Part part = pictures_of({1, 3, 1, 1});
  const Tensor batch = adapter_for(part, ElementType::UInt8, {1, 3, 1, 2}).batch(part, std::vector<std::size_t>{0});
  EXPECT_THAT(batch.values<std::uint8_t>(), ElementsAre(1, 0, 2, 0, 3, 0));
}

TEST(Adapter, GivesBytesToModelsThatTakeBytes) {
  const Part part = pictures_of({2, 1, 2, 2});
  const Tensor batch = adapter_for(part, ElementType::UInt8, {1, 1, 2, 2}).batch(part, std::vector<std::size_t>{1});
  EXPECT_THAT(batch.values<std::uint8_t>(), ElementsAre(5, 6, 7, 8));
}

TEST(Adapter, MakesPicturesAndThenNumbersOfThem) {
  const Part part = pictures_of({2, 1, 2, 2});
  const Adapter adapter = adapter_for(part, ElementType::Float32, {1, 3, 3, 3}, PixelFormat::ImageNet);
  const std::vector<std::size_t> indices = {1, 0};
  EXPECT_TRUE(adapter.takes_pictures());
  EXPECT_EQ(adapter.pictures(part, indices).type(), (base::TensorType{ElementType::UInt8, {2, 3, 3, 3}}));
  EXPECT_TRUE(std::ranges::equal(adapter.finish(adapter.pictures(part, indices)).bytes(),
                                 adapter.batch(part, indices).bytes()));
}

TEST(Adapter, LeavesFloatsAsTheyAre) {
  const std::array values{1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
  const Part part{Tensor::of<float>({ElementType::Float32, {3, 2}}, values), {0, 0, 0}};
  const Adapter adapter = adapter_for(part, ElementType::Float32, {8, 2}, PixelFormat::ImageNet);
  EXPECT_FALSE(adapter.takes_pictures());
  EXPECT_THAT(adapter.batch(part, std::vector<std::size_t>{2, 0}).values<float>(),
              ElementsAreArray({5.f, 6.f, 1.f, 2.f}));
}

TEST(Adapter, RefusesPicturesThatDoNotFit) {
  const Part colour = pictures_of({1, 3, 4, 4});
  EXPECT_EQ(error_of_adapter(colour, ElementType::Float32, {1, 3, 3, 8}),
            "samples of uint8 3x4x4 do not fit a model that takes float32 3x3x8: pictures larger than the model's are "
            "not shrunk");
  EXPECT_THAT(error_of_adapter(pictures_of({1, 2, 4, 4}), ElementType::Float32, {1, 3, 4, 4}),
              testing::HasSubstr("expected pictures of 1 or 3 channels"));
  EXPECT_THAT(error_of_adapter(colour, ElementType::Float32, {1, 2, 4, 4}),
              testing::HasSubstr("expected 1 or 3 channels"));
  EXPECT_THAT(error_of_adapter(colour, ElementType::Float32, {1, 48}), testing::HasSubstr("[channels, height, width]"));
  EXPECT_THAT(error_of_adapter(colour, ElementType::Int64, {1, 3, 4, 4}),
              testing::HasSubstr("expected float32 or uint8"));
  EXPECT_THAT(error_of_adapter(colour, ElementType::Float32, {}), testing::HasSubstr("[channels, height, width]"));
}

TEST(Adapter, RefusesOtherSamplesThanTheModelTakes) {
  const Part part{Tensor::allocate({ElementType::Float32, {3, 2}}), {0, 0, 0}};
  EXPECT_EQ(error_of_adapter(part, ElementType::Float32, {1, 3}),
            "samples of float32 2 do not fit a model that takes float32 3: expected the same");
  EXPECT_THAT(error_of_adapter(part, ElementType::UInt8, {1, 2}), testing::HasSubstr("expected the same"));
}

}  // namespace
}  // namespace tandem::data
