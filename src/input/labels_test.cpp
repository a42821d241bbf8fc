#include "input/labels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/error.h"

namespace tandem::input {
namespace {

using base::ElementType;
using base::Tensor;

template <std::size_t N>
Tensor output(const std::array<float, N>& values) {
  return Tensor::of<float>({ElementType::Float32, {1, N}}, values);
}

TEST(TopK, OrdersByProbabilityThenIndex) {
  const auto guesses = top_k(output<4>({0.1f, 0.4f, 0.4f, 0.1f}), 3);
  ASSERT_EQ(guesses.size(), 3);
  EXPECT_EQ(guesses[0].index, 1);
  EXPECT_EQ(guesses[1].index, 2);
  EXPECT_EQ(guesses[2].index, 0);
}

TEST(TopK, TakesADistributionAsItIs) {
  EXPECT_FLOAT_EQ(static_cast<float>(top_k(output<2>({0.3f, 0.7f}), 1)[0].probability), 0.7f);
}

TEST(TopK, AppliesSoftmaxToLogits) {
  const auto guesses = top_k(output<2>({1.0f, 3.0f}), 2);
  EXPECT_NEAR(guesses[0].probability, 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(guesses[0].probability + guesses[1].probability, 1, 1e-12);
  EXPECT_NEAR(top_k(output<2>({1000.0f, -1000.0f}), 1)[0].probability, 1, 1e-12);
}

TEST(TopK, TakesValuesThatDoNotAddUpToOneForLogits) {
  EXPECT_NEAR(top_k(output<2>({1.0f, 1.0f}), 1)[0].probability, 0.5, 1e-12);
}

TEST(TopK, GivesNoMoreThanThereAre) {
  EXPECT_EQ(top_k(output<2>({0, 1}), 5).size(), 2);
}

TEST(TopK, ReadsHalfPrecision) {
  const auto half =
      Tensor::of<std::uint16_t>({ElementType::Float16, {2, 1, 1}}, std::array<std::uint16_t, 2>{0x3c00, 0});
  EXPECT_EQ(top_k(half, 1)[0].index, 0);
  EXPECT_EQ(top_k(half, 1)[0].probability, 1);
}

TEST(TopK, ReadsBfloat16AndDouble) {
  const auto brain = Tensor::of<std::uint16_t>({ElementType::BFloat16, {2}}, std::array<std::uint16_t, 2>{0, 0x3f80});
  EXPECT_EQ(top_k(brain, 1)[0].index, 1);
  EXPECT_EQ(top_k(brain, 1)[0].probability, 1);
  const auto doubles = Tensor::of<double>({ElementType::Float64, {2}}, std::array<double, 2>{0.25, 0.75});
  EXPECT_EQ(top_k(doubles, 1)[0].index, 1);
  EXPECT_DOUBLE_EQ(top_k(doubles, 1)[0].probability, 0.75);
}

TEST(TopK, RefusesNanInfinityAndOtherOutputsThanClassifiers) {
  EXPECT_THROW(top_k(output<2>({NAN, 1}), 1), base::Error);
  EXPECT_THROW(top_k(output<2>({INFINITY, 1}), 1), base::Error);
  EXPECT_THROW(top_k(Tensor::allocate({ElementType::Float32, {2, 2}}), 1), base::Error);
  EXPECT_THROW(top_k(Tensor::allocate({ElementType::Int64, {2}}), 1), base::Error);
}

TEST(TopK, GivesMaskedClassesNoProbability) {
  EXPECT_EQ(top_k(output<2>({-INFINITY, 2}), 2)[1].probability, 0);
  EXPECT_EQ(top_k(output<2>({-INFINITY, -INFINITY}), 1)[0].probability, 0.5);
}

TEST(Labels, AreOneALine) {
  EXPECT_EQ(parse_labels("tabby cat\r\n\ndog", "l.txt"), (std::vector<std::string>{"tabby cat", "", "dog"}));
}

TEST(Labels, RefuseNothingAndGiants) {
  EXPECT_THROW(parse_labels("", "l.txt"), base::Error);
  EXPECT_THROW(parse_labels(std::string(1001, 'x'), "l.txt"), base::Error);
}

}  // namespace
}  // namespace tandem::input
