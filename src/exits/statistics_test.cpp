#include "exits/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"

namespace tandem::exits {
namespace {

using testing::HasSubstr;

std::vector<float> softmax(const std::vector<double>& logits, double temperature) {
  double sum = 0;
  for (const double each : logits) sum += std::exp(each / temperature);
  std::vector<float> probabilities;
  for (const double each : logits) probabilities.push_back(static_cast<float>(std::exp(each / temperature) / sum));
  return probabilities;
}

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "no error";
}

TEST(Confidence, IsCalledByItsName) {
  for (const Confidence confidence : kConfidences) EXPECT_EQ(parse_confidence(name_of(confidence)), confidence);
  EXPECT_EQ(complaint([] { parse_confidence("gut"); }), "confidence: 'gut', expected softmax, margin or entropy");
}

TEST(Confidence, FollowsItsDefinition) {
  const std::vector<float> probabilities = {0.2F, 0.7F, 0.1F};
  EXPECT_NEAR(confidence_of(probabilities, Confidence::MaximumSoftmax), 0.7, 1e-7);
  EXPECT_NEAR(confidence_of(probabilities, Confidence::Margin), 0.5, 1e-7);
  const double entropy = -(0.2 * std::log(0.2) + 0.7 * std::log(0.7) + 0.1 * std::log(0.1));
  EXPECT_NEAR(confidence_of(probabilities, Confidence::Entropy), 1 - entropy / std::log(3), 1e-7);
}

TEST(Probabilities, AreAnAnswersOwnOrThoseOfItsLogits) {
  const std::vector<float> distribution = {0.25F, 0.75F};
  EXPECT_EQ(probabilities_of(distribution), distribution);
  const auto of_logits = probabilities_of(std::vector<float>{1000, 1001});
  EXPECT_NEAR(of_logits[1], 1 / (1 + std::exp(-1.0)), 1e-6);
  EXPECT_NEAR(of_logits[0] + of_logits[1], 1, 1e-6);
}

TEST(Confidence, ReachesItsEnds) {
  const std::vector<float> certain = {0, 1, 0};
  const std::vector<float> undecided(10, 0.1F);
  const std::vector<float> only = {0.5F};
  for (const Confidence confidence : kConfidences) {
    EXPECT_EQ(confidence_of(certain, confidence), 1);
    EXPECT_EQ(confidence_of(only, confidence), 1);
  }
  EXPECT_NEAR(confidence_of(undecided, Confidence::MaximumSoftmax), 0.1, 1e-7);
  EXPECT_EQ(confidence_of(undecided, Confidence::Margin), 0);
  EXPECT_NEAR(confidence_of(undecided, Confidence::Entropy), 0, 1e-7);
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Confidence, IsNoneInAnAnswerThatIsNoNumber) {
  for (const auto& answer : {std::vector<float>{kNan, kNan}, std::vector<float>{0.5F, kNan, 0.5F},
                             std::vector<float>{3, kInfinity}, std::vector<float>{-kInfinity, -kInfinity}}) {
    for (const Confidence confidence : kConfidences)
      EXPECT_EQ(confidence_of(probabilities_of(answer), confidence, 2), 0);
  }
  EXPECT_EQ(confidence_of(probabilities_of(std::vector<float>{-kInfinity, 3}), Confidence::MaximumSoftmax), 1);
}

TEST(LikeliestClass, IsTheFirstOfTheLargestValues) {
  EXPECT_EQ(likeliest_class(std::vector<float>{0, 7, 7, -kInfinity}), 1);
}

TEST(LikeliestClass, IsNoneInAnAnswerThatIsNoNumber) {
  for (const auto& answer : {std::vector<float>{}, std::vector<float>{kNan, 1}, std::vector<float>{1, kNan},
                             std::vector<float>{1, kInfinity}})
    EXPECT_EQ(likeliest_class(answer), kNoClass);
}

TEST(Confidence, FallsAsTheTemperatureRises) {
  for (const Confidence confidence : kConfidences) {
    const std::vector<float> probabilities = {0.2F, 0.7F, 0.1F};
    EXPECT_LT(confidence_of(probabilities, confidence, 2), confidence_of(probabilities, confidence));
    EXPECT_GT(confidence_of(probabilities, confidence, 0.5), confidence_of(probabilities, confidence));
  }
}

TEST(Tempered, IsTheSoftmaxOfColderOrWarmerLogits) {
  const std::vector<double> logits = {1.5, -2, 0.25, 4};
  for (const double temperature : {0.5, 1.0, 3.0}) {
    EXPECT_THAT(tempered(softmax(logits, 1), temperature),
                testing::Pointwise(testing::FloatNear(1e-6F), softmax(logits, temperature)));
  }
}

TEST(Tempered, StaysFiniteAtTheEnds) {
  const std::vector<float> tiny = {1e-38F, 0, 1e-30F};
  EXPECT_THAT(tempered(tiny, 0.05), testing::ElementsAre(0, 0, 1));
  EXPECT_EQ(tempered(tiny, 20)[1], 0);
}

TEST(Tempered, RefusesInvalidProbabilities) {
  EXPECT_EQ(complaint([] {
              tempered(std::vector<float>{0.5F, -0.5F}, 1);
            }),
            "an exit's probabilities: one is -0.5, expected a number of at least 0");
  EXPECT_THAT(complaint([] { tempered(std::vector<float>{kNan}, 1); }), HasSubstr("nan"));
  EXPECT_THAT(complaint([] { tempered(std::vector<float>{0, 0}, 1); }), HasSubstr("2 of them, none above 0"));
  EXPECT_THAT(complaint([] { tempered(std::vector<float>{}, 1); }), HasSubstr("0 of them"));
}

// Always 99 % sure, and right nine times out of ten.
TEST(BestTemperature, MakesAnExitAsSureAsItIsRight) {
  std::vector<float> probabilities;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 10; ++i) {
    probabilities.insert(probabilities.end(), {0.99F, 0.01F});
    labels.push_back(i == 0 ? 1 : 0);
  }
  const double temperature = best_temperature(probabilities, 2, labels);
  EXPECT_NEAR(temperature, std::log(99) / std::log(9), 1e-3);
  EXPECT_NEAR(confidence_of(std::span(probabilities).first(2), Confidence::MaximumSoftmax, temperature), 0.9, 1e-4);
}

TEST(BestTemperature, LeavesOutAnswersThatAreNoNumbers) {
  const std::vector<float> probabilities = {0.6F, 0.4F, kNan, kNan, 0.3F, 0.7F};
  const std::vector<float> numbers = {0.6F, 0.4F, 0.3F, 0.7F};
  EXPECT_EQ(best_temperature(probabilities, 2, std::vector<std::int64_t>{0, 1, 0}),
            best_temperature(numbers, 2, std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(best_temperature(std::vector<float>{kNan, kNan}, 2, std::vector<std::int64_t>{0}), 1);
}

TEST(BestTemperature, StaysWithinItsRange) {
  const std::vector<float> probabilities = {0.6F, 0.4F};
  EXPECT_NEAR(best_temperature(probabilities, 2, std::vector<std::int64_t>{0}), 0.05, 1e-3);
  EXPECT_NEAR(best_temperature(probabilities, 2, std::vector<std::int64_t>{1}), 20, 1e-3);
}

TEST(BestTemperature, IsOneWhereItChangesNothing) {
  EXPECT_EQ(best_temperature(std::vector<float>{0.5F, 0.5F}, 2, std::vector<std::int64_t>{0}), 1);
  EXPECT_EQ(best_temperature(std::vector<float>{1}, 1, std::vector<std::int64_t>{0}), 1);
}

TEST(BestTemperature, BearsProbabilitiesThatUnderflowed) {
  const std::vector<float> probabilities = {1, 0, 1, 0};
  const double temperature = best_temperature(probabilities, 2, std::vector<std::int64_t>{0, 1});
  EXPECT_NEAR(temperature, 20, 1e-3);
}

TEST(BestTemperature, RefusesInconsistentSizes) {
  const std::vector<float> four(4, 0.25F);
  const auto refusal = [&](std::size_t classes, std::vector<std::int64_t> labels) {
    return complaint([&] { best_temperature(four, classes, labels); });
  };
  EXPECT_EQ(refusal(2, {0}), "an exit's probabilities: 4 of them, expected 1 labels times 2 classes");
  EXPECT_THAT(refusal(3, {0}), HasSubstr("3 classes"));
  EXPECT_THAT(refusal(0, {}), HasSubstr("0 classes"));
  EXPECT_EQ(refusal(4, {4}), "an exit's probabilities: a label is 4, expected 0 to 3");
  EXPECT_THAT(refusal(4, {-1}), HasSubstr("a label is -1"));
}

ExitStatistics statistics_of(const std::vector<std::string>& names) {
  ExitStatistics statistics{"digest", "data", "test", 1, {}};
  for (const auto& name : names) statistics.exits.push_back({.name = name, .temperature = double(name.size())});
  return statistics;
}

TEST(InOrder, PutsTheExitsOfOlderStatisticsInTheOrderOfTheModel) {
  const auto ordered = in_order(statistics_of({"late", "first"}), {"first", "late"});
  ASSERT_TRUE(ordered.has_value());
  EXPECT_EQ(*ordered, statistics_of({"first", "late"}));
}

TEST(InOrder, TakesNoStatisticsOfOtherExits) {
  EXPECT_FALSE(in_order(statistics_of({"early", "late"}), {"late"}));
  EXPECT_FALSE(in_order(statistics_of({"early", "late"}), {"early", "last"}));
  EXPECT_FALSE(in_order(statistics_of({"early"}), {"early", "late"}));
}

}  // namespace
}  // namespace tandem::exits
