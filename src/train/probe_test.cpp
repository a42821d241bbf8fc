#include "train/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace tandem::train {
namespace {

using base::ElementType;
using base::Tensor;
using testing::ElementsAre;

constexpr std::int64_t kClasses = 3;

double share_right(const ExitAnswers& answers) {
  return static_cast<double>(std::ranges::count(answers.is_right, true)) / static_cast<double>(answers.is_right.size());
}
double mean_confidence(const ExitAnswers& answers) {
  return std::accumulate(answers.confidence.begin(), answers.confidence.end(), 0.0) /
         static_cast<double>(answers.confidence.size());
}

// Noise of deviation 1; the features of a sample's own class are larger by `distance`. Sorted by class.
Examples examples(std::int64_t count, std::int64_t features, double distance, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  Examples made{Tensor::allocate({ElementType::Float32, {count, features, 1, 1}}), {}};
  const auto values = made.features.mutable_values<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    made.labels.push_back(i * kClasses / count);
    for (std::int64_t j = 0; j < features; ++j) {
      const double value = noise(random) + (j % kClasses == made.labels.back() ? distance : 0);
      values[static_cast<std::size_t>(i * features + j)] = static_cast<float>(value);
    }
  }
  return made;
}

TEST(Probe, ReadsWhatIsThereToRead) {
  EXPECT_GE(share_right(probe(examples(300, 6, 4, 1), examples(300, 6, 4, 2), kClasses)), 0.98);
}

TEST(Probe, ReadsNothingFromNoise) {
  EXPECT_NEAR(share_right(probe(examples(300, 6, 0, 1), examples(900, 6, 0, 2), kClasses)), 1.0 / kClasses, 0.1);
}

TEST(Probe, IsAsSureAsItIsRight) {
  const auto answers = probe(examples(2000, 6, 0.8, 1), examples(2000, 6, 0.8, 2), kClasses);
  EXPECT_GT(share_right(answers), 0.5);
  EXPECT_LT(share_right(answers), 0.95);
  EXPECT_NEAR(mean_confidence(answers), share_right(answers), 0.05);
}

TEST(Probe, TakesFeaturesOfAnySize) {
  Examples learn = examples(300, 6, 4, 1);
  Examples ask = examples(300, 6, 4, 2);
  for (auto* each : {&learn, &ask}) {
    for (float& value : each->features.mutable_values<float>()) value = 1e4F * value - 5e4F;
  }
  EXPECT_GE(share_right(probe(learn, ask, kClasses)), 0.98);
}

TEST(Probe, MakesDoWithSomeOfManyFeatures) {
  const std::int64_t many = 3 * kMostProbeFeatures;
  EXPECT_GE(share_right(probe(examples(100, many, 2, 1), examples(50, many, 2, 2), kClasses)), 0.95);
}

TEST(Probe, NeedsFewExamples) {
  const auto answers = probe(examples(kLeastProbeExamples, 3, 9, 1), examples(4, 3, 9, 2), kClasses);
  EXPECT_EQ(answers.is_right.size(), 4u);
}

TEST(Answers, AreThoseOfTheLogits) {
  const std::vector<float> logits{0, 2, 0, 5, 0, 0};
  const Tensor tensor = Tensor::of<float>({ElementType::Float32, {2, 3}}, logits);
  EXPECT_THAT(guesses_of(tensor), ElementsAre(1, 0));
  const auto answers = answers_of({tensor, {1, 2}});
  EXPECT_THAT(answers.is_right, ElementsAre(true, false));
  EXPECT_NEAR(answers.confidence[0], std::exp(2) / (std::exp(2) + 2), 1e-6);
}

TEST(MeanSquare, IsThatOfAllValues) {
  const std::vector<float> values{1, -3, 1, 1};
  EXPECT_DOUBLE_EQ(mean_square(Tensor::of<float>({ElementType::Float32, {2, 2}}, values)), 3);
}

}  // namespace
}  // namespace tandem::train
