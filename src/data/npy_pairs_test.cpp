#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <numeric>

#include "data/formats.h"
#include "data/read.h"
#include "data/test_files.h"
#include "input/npy.h"

namespace tandem::data {
namespace {

using base::ElementType;
using base::Tensor;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

Tensor bytes(const base::Shape& shape) {
  Tensor tensor = Tensor::allocate({ElementType::UInt8, shape});
  auto values = tensor.mutable_values<std::uint8_t>();
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return tensor;
}

template <class T>
Tensor vector_of(ElementType type, const std::vector<T>& values) {
  return Tensor::of<T>({type, {static_cast<std::int64_t>(values.size())}}, values);
}

class NpyPairs : public testing::Test {
 protected:
  NpyPairs() {
    for (const std::string part : {"train", "test"}) {
      write("x_" + part, bytes({2, 1, 2, 2}));
      write("y_" + part, vector_of<std::int64_t>(ElementType::Int64, {7, 0}));
    }
  }
  void write(const std::string& name, const Tensor& tensor) { input::write_npy(folder_ / (name + ".npy"), tensor); }
  Contents read() const { return read_npy_pairs(folder_.path()); }
  std::string error() const {
    return message_of([&] { read(); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(NpyPairs, HoldPicturesAndLabels) {
  const Contents contents = read();
  EXPECT_THAT(contents.train.labels, ElementsAre(7, 0));
  const Tensor samples = contents.test.read(std::vector<std::size_t>{1});
  EXPECT_EQ(samples.shape(), (base::Shape{1, 1, 2, 2}));
  EXPECT_THAT(samples.values<std::uint8_t>(), ElementsAre(4, 5, 6, 7));
}

TEST_F(NpyPairs, MayLeaveOutTheChannelOfGreyPictures) {
  write("x_train", bytes({2, 2, 3}));
  EXPECT_EQ(read().train.read(std::vector<std::size_t>{0}).shape(), (base::Shape{1, 1, 2, 3}));
}

TEST_F(NpyPairs, HoldOtherSamplesAsFloats) {
  write("x_train", Tensor::of<float>({ElementType::Float32, {2, 2}}, std::array{1.5f, 2.0f, 3.0f, -4.0f}));
  EXPECT_THAT(read().train.read(std::vector<std::size_t>{1}).values<float>(), ElementsAre(3.0f, -4.0f));
}

TEST_F(NpyPairs, TakeLabelsOfAnyIntegerType) {
  write("y_train", vector_of<std::int8_t>(ElementType::Int8, {3, 4}));
  write("y_test", vector_of<std::uint64_t>(ElementType::UInt64, {5, 6}));
  EXPECT_THAT(read().train.labels, ElementsAre(3, 4));
  EXPECT_THAT(read().test.labels, ElementsAre(5, 6));
}

TEST_F(NpyPairs, RefuseLabelsOutOfRange) {
  write("y_train", vector_of<std::int16_t>(ElementType::Int16, {0, -1}));
  EXPECT_EQ(error(), folder_ / "y_train.npy: label -1 of sample 1, expected 0 to 99999");
  write("y_train", vector_of<std::int64_t>(ElementType::Int64, {std::int64_t{1} << 60, 0}));
  EXPECT_THAT(error(), HasSubstr("y_train.npy: label 1152921504606846976 of sample 0"));
}

TEST_F(NpyPairs, RefuseLabelsThatAreNoIntegers) {
  write("y_test", vector_of<float>(ElementType::Float32, {0, 1}));
  EXPECT_EQ(error(), folder_ / "y_test.npy: labels of float32 2, expected integers of one dimension");
  write("y_test", bytes({2, 10}));
  EXPECT_EQ(error(), folder_ / "y_test.npy: labels of uint8 2x10, expected integers of one dimension");
}

TEST_F(NpyPairs, RefuseCountsThatDisagree) {
  write("x_test", bytes({3, 1, 2, 2}));
  EXPECT_EQ(error(),
            folder_ / "x_test.npy: 3 samples, expected as many as there are labels in " + (folder_ / "y_test.npy: 2"));
}

TEST_F(NpyPairs, RefusePicturesWithTheirChannelsLast) {
  write("x_train", bytes({2, 4, 4, 3}));
  EXPECT_THAT(error(), HasSubstr("x_train.npy: samples of uint8 2x4x4x3, expected uint8 [count, height, width] or"));
}

TEST_F(NpyPairs, RefuseOtherElementTypes) {
  write("x_train", Tensor::allocate({ElementType::Float64, {2, 2}}));
  EXPECT_THAT(error(), HasSubstr("x_train.npy: samples of float64 2x2, expected"));
}

TEST_F(NpyPairs, RefuseNumbersThatAreNotFinite) {
  const float kNan = std::numeric_limits<float>::quiet_NaN();
  write("x_train", Tensor::of<float>({ElementType::Float32, {2, 2}}, std::array{1.0f, 2.0f, 3.0f, kNan}));
  EXPECT_EQ(error(), folder_ / "x_train.npy: nan in sample 1, expected finite numbers");
}

TEST_F(NpyPairs, RefuseArraysWithoutSamples) {
  write("x_train", Tensor::allocate({ElementType::UInt8, {0, 1, 2, 2}}));
  EXPECT_EQ(error(), folder_ / "x_train.npy: shape 0x1x2x2, expected at least one sample");
}

TEST_F(NpyPairs, NameTheFileThatIsMissingOrDamaged) {
  folder_.write("y_test.npy", "nothing");
  EXPECT_THAT(error(), HasSubstr("y_test.npy: not a valid .npy file"));
  folder_.remove("y_test.npy");
  EXPECT_EQ(error(), folder_ / "y_test.npy: cannot open: No such file or directory");
}

}  // namespace
}  // namespace tandem::data
