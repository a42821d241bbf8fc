#include "tune/codecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "codec/open.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "tune/cuts.h"

namespace tandem::tune {
namespace {

using base::ElementType;
using base::TensorType;
using testing::Contains;
using testing::Ge;
using testing::HasSubstr;

constexpr std::int64_t kSide = 8;
constexpr std::int64_t kPixels = kSide * kSide;

// Tells which half of a picture is brighter: losses at the input change the answer only where halves are nearly alike.
model::Part brighter_half() {
  const TensorType picture{ElementType::Float32, {1, 1, kSide, kSide}};
  model::GraphBuilder builder("brighter half");
  builder.input("x", picture);
  builder.node("Relu", {"x"}, {}, "light");
  builder.node("Flatten", {"light"}, {}, "flat");
  std::vector<float> weights;
  for (std::int64_t i = 0; i < kPixels; ++i) {
    weights.push_back(i < kPixels / 2 ? 1 : 0);
    weights.push_back(i < kPixels / 2 ? 0 : 1);
  }
  builder.weight("halves", base::Tensor::of<float>({ElementType::Float32, {kPixels, 2}}, weights));
  builder.node("MatMul", {"flat", "halves"}, {}, "sums");
  builder.node("Softmax", {"sums"}, {{"axis", std::int64_t{1}}}, "answer");
  builder.output("answer", {ElementType::Float32, {1, 2}});
  return builder.finish();
}

data::Part pictures(std::size_t count, unsigned seed) {
  std::vector<float> values;
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < count; ++i) {
    double halves[2] = {0, 0};
    for (std::int64_t pixel = 0; pixel < kPixels; ++pixel) {
      seed = seed * 1664525u + 1013904223u;
      const float value = static_cast<float>(seed >> 8) / static_cast<float>(1u << 24) - 0.6f;
      values.push_back(value);
      halves[pixel < kPixels / 2 ? 0 : 1] += std::max(0.0f, value);
    }
    labels.push_back(halves[0] >= halves[1] ? 0 : 1);
  }
  const TensorType type{ElementType::Float32, {static_cast<std::int64_t>(count), 1, kSide, kSide}};
  return {base::Tensor::of<float>(type, values), std::move(labels)};
}

class MeasureCodecs : public testing::Test {
 protected:
  std::vector<cost::CodecRate> measure(const CodecSearch& search) { return measure(search, pictures(300, 2)); }
  std::vector<cost::CodecRate> measure(const CodecSearch& search, const data::Part& test) {
    const data::Dataset dataset{"made up", {}, pictures(300, 1), test, {"upper", "lower"}};
    std::vector<cost::CodecRate> all;
    measure_codecs(
        {model_, *engine_, dataset}, search,
        [&](const std::vector<cost::CodecRate>& rates) { all.insert(all.end(), rates.begin(), rates.end()); },
        [](const std::string&, double) {});
    return all;
  }
  static const cost::CodecRate& find(const std::vector<cost::CodecRate>& rates, const std::string& codec) {
    for (const auto& rate : rates) {
      if (rate.codec.starts_with(codec)) return rate;
    }
    throw base::Error(base::ErrorKind::NotFound, codec);
  }

  std::unique_ptr<engine::Engine> engine_ = engine::onnx_runtime({.threads = 1});
  model::Model model_ = engine::complete(model::Source::from_part(brighter_half(), "half.onnx"), *engine_);
};

TEST_F(MeasureCodecs, NamesTensorsThatCrossBetweenKernels) {
  EXPECT_THAT(tensors_that_cross(model_), Contains("x"));
  EXPECT_THAT(tensors_that_cross(model_), Contains("light"));
}

TEST_F(MeasureCodecs, FindsCoarserSettingsWhereMoreMayBeLost) {
  const auto rates = measure({{"light"}, {1, 5, 20}, false});
  std::vector<double> bytes;
  for (const auto& rate : rates) {
    if (!rate.codec.starts_with("klevel")) continue;
    EXPECT_LE(rate.calibration_loss_points, 20);
    bytes.push_back(rate.bytes);
  }
  ASSERT_THAT(bytes.size(), Ge(2u));
  EXPECT_TRUE(std::ranges::is_sorted(bytes, std::greater{})) << "from fine to coarse";
}

TEST_F(MeasureCodecs, ReportsOnTheTestPartWithABound) {
  for (const auto& rate : measure({{"light"}, {2}, true})) {
    EXPECT_EQ(rate.samples, 300u);
    EXPECT_EQ(rate.elements, 64u);
    EXPECT_EQ(rate.tensor, "light");
    ASSERT_EQ(rate.losses.size(), 1u);
    EXPECT_EQ(rate.losses[0].exit, "answer");
    EXPECT_GT(rate.losses[0].loss_high_points, rate.losses[0].loss_points) << rate.codec;
    EXPECT_GE(rate.losses[0].disagreement, std::abs(rate.losses[0].loss_points)) << rate.codec;
    EXPECT_EQ(codec::id_of(*codec::open(rate.description)), rate.codec);
  }
}

TEST_F(MeasureCodecs, TriesBaselinesBesidesTheFittedCodec) {
  const auto rates = measure({{"light"}});
  EXPECT_EQ(find(rates, "fp16").losses[0].loss_points, 0);
  EXPECT_LT(find(rates, "klevel").bytes, find(rates, "int8+zstd").bytes);
  EXPECT_LT(find(rates, "jalad").bytes, find(rates, "fp16").bytes);
  EXPECT_EQ(find(rates, "int8+lz4").losses, find(rates, "int8+zstd").losses) << "the same values arrive";
}

TEST_F(MeasureCodecs, LeavesBaselinesOutWhenAskedTo) {
  for (const auto& rate : measure({{"light"}, {1}, false})) {
    EXPECT_FALSE(rate.codec.starts_with("jalad")) << rate.codec;
    EXPECT_FALSE(rate.codec.starts_with("int8+")) << rate.codec;
  }
}

// The Relu makes numbers of them again.
TEST_F(MeasureCodecs, SkipsATensorWithInfiniteValuesAndNamesIt) {
  data::Part test = pictures(300, 2);
  test.samples.mutable_values<float>()[1000] = -std::numeric_limits<float>::infinity();
  testing::internal::CaptureStderr();
  const auto rates = measure({{"x", "light"}, {1}, false}, test);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("tensor 'x': no codec is tried on it"));
  ASSERT_FALSE(rates.empty());
  for (const auto& rate : rates) EXPECT_EQ(rate.tensor, "light");
}

TEST_F(MeasureCodecs, TakesTheSmallestAndTheLargestNumbers) {
  for (const float unit : {1e-38F, 1e36F}) {
    data::Part part = pictures(20, 2);
    for (float& value : part.samples.mutable_values<float>()) value *= unit;
    const data::Dataset dataset{"odd", {}, part, part, {"upper", "lower"}};
    std::size_t count = 0;
    measure_codecs(
        {model_, *engine_, dataset}, {{"light"}, {100}, true},
        [&](const std::vector<cost::CodecRate>& rates) { count += rates.size(); }, [](const std::string&, double) {});
    EXPECT_GE(count, 6u) << unit;
  }
}

TEST_F(MeasureCodecs, RefusesATensorThatDoesNotCross) {
  EXPECT_THROW(static_cast<void>(measure({{"nowhere"}})), base::Error);
}

}  // namespace
}  // namespace tandem::tune
