#include "codec/klevel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "base/error.h"
#include "codec/frame.h"
#include "codec/klevel_tables.h"
#include "codec/open.h"
#include "codec/test_klevel.h"

namespace tandem::codec {
namespace {

using base::Error;
using base::Tensor;
using base::TensorType;
using testing::Each;
using testing::HasSubstr;

const TensorType kType{base::ElementType::Float32, {1, 6, 5, 7}};

Tensor sample_of(const TensorType& type, unsigned seed) {
  const auto& shape = type.shape;
  const auto values = sparse_features(static_cast<std::size_t>(shape[0] * shape[1]), static_cast<std::size_t>(shape[2]),
                                      static_cast<std::size_t>(shape[3]), 1, seed);
  return Tensor::of<float>(type, values);
}

double squared_error(const Tensor& left, const Tensor& right) {
  double sum = 0;
  for (std::size_t i = 0; i < left.values<float>().size(); ++i) {
    const double difference = left.values<float>()[i] - right.values<float>()[i];
    sum += difference * difference;
  }
  return sum;
}

struct Outcome {
  std::size_t bytes = 0;
  double error = 0;
};
Outcome send(const TensorType& type, double step) {
  const auto codec = open(sample_klevel_description(step, type.shape));
  Outcome outcome;
  for (unsigned seed = 100; seed < 110; ++seed) {
    const Tensor sent = sample_of(type, seed);
    const auto frame = encode(codec, sent);
    outcome.bytes += frame.size();
    outcome.error += squared_error(sent, decode(codec, frame, sent.size()));
  }
  return outcome;
}

TEST(KLevel, HasFewerBytesAndMoreErrorAtALargerStep) {
  Outcome before = send(kType, 0.05);
  for (const double step : {0.3, 1.0, 3.0}) {
    const Outcome now = send(kType, step);
    EXPECT_LT(now.bytes, before.bytes) << step;
    EXPECT_GT(now.error, before.error) << step;
    before = now;
  }
}

TEST(KLevel, SendsSparseFeaturesBelowOneBitPerElement) {
  const TensorType type{base::ElementType::Float32, {1, 16, 24, 24}};
  const Outcome outcome = send(type, 1);
  EXPECT_LT(8.0 * static_cast<double>(outcome.bytes) / 10 / static_cast<double>(16 * 24 * 24), 1);
}

TEST(KLevel, DecodesEveryValueToItsLevel) {
  const auto description = sample_klevel_description(0.5);
  const KLevelTables tables = read_klevel_tables(description);
  const Tensor sent = sample_of(kType, 7);
  std::vector<std::uint8_t> levels(sent.values<float>().size());
  quantize(sent.values<float>(), tables.grid, levels.data());
  const auto codec = open(description);
  const Tensor arrived = decode(codec, encode(codec, sent), sent.size());
  for (std::size_t i = 0; i < levels.size(); ++i)
    ASSERT_EQ(arrived.values<float>()[i], tables.values[i / 35 * tables.levels() + levels[i]]) << i;
}

TEST(KLevel, GivesTheSameBytesAgain) {
  const auto description = sample_klevel_description(1);
  EXPECT_EQ(description, sample_klevel_description(1));
  EXPECT_EQ(description, describe(read_klevel_tables(description)));
  const Tensor sent = sample_of(kType, 7);
  EXPECT_EQ(encode(open(description), sent), encode(open(description), sent));
}

// Planes that are masked, that run four in step, alone, in several chunks, in more than one sample; of one element.
class KLevelShapes : public testing::TestWithParam<base::Shape> {};

TEST_P(KLevelShapes, ArriveAtEveryStep) {
  const base::Shape one{1, GetParam()[1], GetParam()[2], GetParam()[3]};
  for (const double step : {0.02, 0.4, 2.0, 6.0}) {
    const auto codec = open(sample_klevel_description(step, one));
    const KLevelTables tables = read_klevel_tables(codec->description());
    Tensor sent = sample_of({base::ElementType::Float32, GetParam()}, 9);
    std::vector<std::uint8_t> levels(sent.values<float>().size());
    quantize(sent.values<float>(), tables.grid, levels.data());
    if (tables.contexts.elements != 0 && GetParam()[0] > 1 && tables.contexts.elements * 2 != levels.size()) continue;
    const auto frame = encode(codec, sent);
    const Tensor arrived = decode(codec, frame, sent.size());
    const std::size_t plane = static_cast<std::size_t>(one[2] * one[3]);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const std::size_t channel = i / plane % static_cast<std::size_t>(one[1]);
      ASSERT_EQ(arrived.values<float>()[i], tables.values[channel * tables.levels() + levels[i]])
          << "step " << step << ", element " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, KLevelShapes,
                         testing::Values(base::Shape{1, 1, 1, 1}, base::Shape{1, 5, 1, 1}, base::Shape{1, 3, 1, 40},
                                         base::Shape{1, 7, 3, 2}, base::Shape{1, 9, 60, 61}, base::Shape{1, 37, 48, 48},
                                         base::Shape{2, 6, 5, 7}, base::Shape{1, 3, 260, 270}));

TEST(KLevel, MasksChannelsThatAreMostlySilent) {
  std::vector<float> values(64 * 20 * 100);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i / 64 % 20 == 3 ? static_cast<float>(i % 5) : 0;
  for (std::size_t i = 0; i < 64; ++i) values[i] = static_cast<float>(i % 3);  // one other plane, once
  const auto description = fit_klevel({base::ElementType::Float32, {1, 20, 8, 8}}, values, {0.2});
  const KLevelTables tables = read_klevel_tables(description);
  ASSERT_EQ(tables.mask_frequencies.size(), 20);
  const auto codec = open(description);
  const Tensor silent = Tensor::of<float>({base::ElementType::Float32, {1, 20, 8, 8}}, std::vector<float>(64 * 20));
  EXPECT_LE(encode(codec, silent).size(), 48);
  EXPECT_EQ(squared_error(decode(codec, encode(codec, silent), silent.size()), silent), 0);
}

TEST(KLevel, TakesValuesOutsideTheCalibrationData) {
  const auto codec = open(sample_klevel_description(1));
  Tensor sent = sample_of(kType, 3);
  auto values = sent.mutable_values<float>();
  values[0] = -1e30f;
  values[1] = 1e30f;
  values[2] = std::numeric_limits<float>::max();
  const Tensor arrived = decode(codec, encode(codec, sent), sent.size());
  for (const float value : arrived.values<float>()) EXPECT_TRUE(std::isfinite(value));
  EXPECT_LT(arrived.values<float>()[0], arrived.values<float>()[1]);
  EXPECT_EQ(arrived.values<float>()[1], arrived.values<float>()[2]);
}

TEST(KLevel, LetsNanAndInfinityArrive) {
  const auto codec = open(sample_klevel_description(1));
  for (const float odd : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Tensor sent = sample_of(kType, 3);
    sent.mutable_values<float>()[7] = odd;
    EXPECT_FALSE(std::isfinite(decode(codec, encode(codec, sent), sent.size()).values<float>()[7])) << odd;
  }
}

TEST(KLevel, FitsConstantAndSignedTensors) {
  const TensorType type{base::ElementType::Float32, {1, 2, 3, 3}};
  for (const float constant : {0.0f, 2.5f, -1.0f}) {
    const auto codec = open(fit_klevel(type, std::vector<float>(18 * 5, constant), {0.5}));
    const Tensor sent = Tensor::of<float>(type, std::vector<float>(18, constant));
    const Tensor arrived = decode(codec, encode(codec, sent), sent.size());
    EXPECT_THAT(arrived.values<float>(), Each(testing::FloatNear(constant, 1e-5f)));
  }
  std::vector<float> waves(18 * 50);
  for (std::size_t i = 0; i < waves.size(); ++i) waves[i] = static_cast<float>(static_cast<int>(i * 7 % 21) - 10);
  const auto codec = open(fit_klevel(type, waves, {0.02}));
  const Tensor sent = Tensor::of<float>(type, std::span<const float>(waves).first(18));
  EXPECT_LT(squared_error(decode(codec, encode(codec, sent), sent.size()), sent) / 18, 0.1);
}

TEST(KLevel, FitsTheSmallestAndTheLargestNumbers) {
  const TensorType type{base::ElementType::Float32, {1, 2, 3, 3}};
  for (const float unit : {std::numeric_limits<float>::denorm_min(), 1e-39f, 1e-30f, 1e37f}) {
    std::vector<float> values(18 * 5);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(static_cast<int>(i % 21) - 10) * unit;
    for (const double step : {0.02, 16.0}) {
      const auto codec = open(fit_klevel(type, values, {step}));
      const Tensor sent = Tensor::of<float>(type, std::span<const float>(values).first(18));
      const Tensor arrived = decode(codec, encode(codec, sent), sent.size());
      for (std::size_t i = 0; i < 18; ++i)
        EXPECT_NEAR(arrived.values<float>()[i], sent.values<float>()[i], 20 * unit) << unit << ", step " << step;
    }
  }
}

TEST(KLevel, NeverNeedsMoreThanItsWorstCase) {
  std::mt19937 random(5);
  for (const double step : {0.02, 0.5, 3.0}) {
    const auto codec = open(sample_klevel_description(step));
    Tensor sent = Tensor::allocate(kType);
    for (float& value : sent.mutable_values<float>()) value = static_cast<float>(random() % 1000) / 100 - 2;
    std::vector<std::byte> out;
    codec->encode(sent, {0, 6}, out);
    EXPECT_LE(out.size(), codec->worst_case_bytes(kType, {0, 6})) << step;
  }
}

TEST(KLevel, RefusesTensorsThatItWasNotFittedTo) {
  const auto codec = open(sample_klevel_description(1));
  for (const TensorType& type :
       {TensorType{base::ElementType::Float32, {1, 5, 5, 7}}, TensorType{base::ElementType::Float32, {1, 6, 5, 8}},
        TensorType{base::ElementType::Int32, {1, 6, 5, 7}}}) {
    EXPECT_THROW(codec->check(type), Error) << base::to_string(type.shape);
  }
}

TEST(KLevel, RefusesInvalidFits) {
  EXPECT_THROW(static_cast<void>(fit_klevel(kType, {}, {1})), Error);
  EXPECT_THROW(static_cast<void>(fit_klevel(kType, std::vector<float>(100), {1})), Error);
  EXPECT_THROW(static_cast<void>(fit_klevel(kType, std::vector<float>(210), {0})), Error);
  EXPECT_THROW(static_cast<void>(fit_klevel({base::ElementType::Int8, {4}}, std::vector<float>(4), {1})), Error);
}

TEST(KLevel, NoticesChunksThatEndEarlyOrLate) {
  const auto codec = open(sample_klevel_description(0.5));
  const Tensor sent = sample_of(kType, 3);
  std::vector<std::byte> bytes;
  codec->encode(sent, {0, 6}, bytes);
  Tensor arrived = Tensor::allocate(kType);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(codec->decode(std::span(bytes).first(size), {0, 6}, arrived), Error) << size;
  bytes.resize(bytes.size() + 2);
  EXPECT_THROW(codec->decode(bytes, {0, 6}, arrived), Error);
}

TEST(KLevel, SurvivesDescriptionsThatWereCutOrChanged) {
  std::string description = sample_klevel_description(0.02);
  for (std::size_t size = 0; size < description.size(); size += 1 + size / 16)
    EXPECT_THROW(static_cast<void>(open(description.substr(0, size))), Error) << size;
  EXPECT_THROW(static_cast<void>(open(description + "x")), Error);
  std::mt19937 random(3);
  const Tensor sent = sample_of(kType, 3);
  for (int i = 0; i < 300; ++i) {
    std::string changed = description;
    changed[7 + random() % 40] = static_cast<char>(random());
    try {
      const auto codec = open(changed);
      codec->check(kType);
      const Tensor arrived = decode(codec, encode(codec, sent), sent.size());
      EXPECT_EQ(arrived.size(), sent.size());
    } catch (const Error& error) {
      EXPECT_FALSE(error.message().empty());
    }
  }
}

TEST(Quantize, GivesTheSameLevelsPortably) {
  std::mt19937 random(11);
  std::vector<float> values(1003);
  for (float& value : values) value = (static_cast<float>(random()) / 4294967296.0f - 0.4f) * 40;
  values[5] = std::numeric_limits<float>::quiet_NaN();
  values[6] = std::numeric_limits<float>::infinity();
  values[7] = -values[6];
  for (const Grid& grid : {Grid{0.73f, 0.3f, 3}, Grid{11.7f, 128.5f, 256}, Grid{1e-3f, 0, 2}}) {
    std::vector<std::uint8_t> best(values.size());
    std::vector<std::uint8_t> portable(values.size());
    quantize(values, grid, best.data());
    quantize(values, grid, portable.data(), Simd::Portable);
    EXPECT_EQ(best, portable);
    EXPECT_LT(*std::ranges::max_element(best), grid.levels);
  }
}

}  // namespace
}  // namespace tandem::codec
