#include "exits/thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include "base/error.h"

namespace tandem::exits {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Five samples at three exits. The first exit is right where it is sure, the second errs where the first does not.
Samples three_exits() {
  return {{{0.9F, 0.8F, 0.7F, 0.6F, 0.5F}, {0.5F, 0.6F, 0.7F, 0.8F, 0.9F}, {0.5F, 0.5F, 0.5F, 0.5F, 0.5F}},
          {{true, true, true, false, false}, {false, true, true, true, false}, {true, true, true, true, true}}};
}

ExitCosts ascending_costs() {
  return {{1, 2, 10}, {0.5, 0.5, 0.5}};
}

// Deeper exits are right more often. Confidences are multiples of 1 / grades and correlate with being right.
Samples random_samples(std::mt19937& random, std::size_t exits, std::size_t count, int grades) {
  std::uniform_real_distribution<double> share(0, 1);
  Samples samples{std::vector<std::vector<float>>(exits), std::vector<std::vector<bool>>(exits)};
  for (std::size_t sample = 0; sample < count; ++sample) {
    const double difficulty = share(random);
    for (std::size_t exit = 0; exit < exits; ++exit) {
      const double chance = 1 - difficulty * static_cast<double>(exits - exit) / static_cast<double>(exits + 1);
      const double confidence = std::round((0.7 * chance + 0.3 * share(random)) * grades) / grades;
      samples.confidence[exit].push_back(static_cast<float>(confidence));
      samples.is_right[exit].push_back(share(random) < chance);
    }
  }
  return samples;
}

ExitCosts random_costs(std::mt19937& random, std::size_t exits) {
  std::uniform_real_distribution<double> share(0, 1);
  ExitCosts costs;
  for (std::size_t exit = 0; exit < exits; ++exit) {
    costs.trunk_cost.push_back(share(random) + (exit > 0 ? costs.trunk_cost.back() : 0));
    costs.head_cost.push_back(0.3 * share(random));
  }
  return costs;
}

// All ways to go on from `policy`, which decided about the exits before `exit`: without it, stopping there in any case,
// or with each confidence as its threshold.
void visit_policies(const Samples& samples, std::size_t exit, ThresholdPolicy policy,
                    const std::function<void(const ThresholdPolicy&)>& visit) {
  if (exit == samples.exit_count()) return;
  visit_policies(samples, exit + 1, policy, visit);
  policy.exits.push_back(exit);
  visit(policy);
  policy.thresholds.push_back(0);
  const auto& confidences = samples.confidence[exit];
  for (const float threshold : std::set<float>(confidences.begin(), confidences.end())) {
    policy.thresholds.back() = threshold;
    visit_policies(samples, exit + 1, policy, visit);
  }
}

std::vector<ThresholdPolicy> every_policy(const Samples& samples, const ExitCosts& costs) {
  std::vector<ThresholdPolicy> all;
  visit_policies(samples, 0, {}, [&](const ThresholdPolicy& policy) {
    if (policy.exits.size() == policy.thresholds.size() + 1) all.push_back(evaluate(samples, costs, policy));
  });
  return all;
}

double least_cost(const std::vector<ThresholdPolicy>& policies, double least_accuracy) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& policy : policies) {
    if (policy.accuracy >= least_accuracy) least = std::min(least, policy.mean_cost);
  }
  return least;
}

double best_accuracy(const std::vector<ThresholdPolicy>& policies) {
  return std::ranges::max(policies, {}, &ThresholdPolicy::accuracy).accuracy;
}

template <class Act>
std::string complaint(base::ErrorKind kind, const Act& act) {
  try {
    act();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.message();
  }
  return "no error";
}

TEST(Evaluate, CountsTheHeadsThatARequestPasses) {
  const auto policy = evaluate(three_exits(), ascending_costs(), {{0, 1, 2}, {0.8, 0.9}});
  EXPECT_DOUBLE_EQ(policy.accuracy, 80);
  EXPECT_DOUBLE_EQ(policy.mean_cost, (2 * 1.5 + 1 * 3 + 2 * 11.5) / 5);
  EXPECT_DOUBLE_EQ(evaluate(three_exits(), ascending_costs(), {{2}, {}}).mean_cost, 10.5);
}

TEST(Evaluate, RefusesCostsAndPoliciesThatDoNotMatch) {
  const auto refusal = [](const ExitCosts& costs, const ThresholdPolicy& policy) {
    return complaint(base::ErrorKind::InvalidInput, [&] { evaluate(three_exits(), costs, policy); });
  };
  EXPECT_EQ(refusal({{1, 2}, {0, 0, 0}}, {{0}, {}}),
            "exit costs: trunk_cost has 2 numbers, expected one for each of 3 exits");
  EXPECT_THAT(refusal({{1, 2, 3}, {0, -1, 0}}, {{0}, {}}), HasSubstr("a head_cost is -1"));
  EXPECT_THAT(refusal({{1, 2, std::numeric_limits<double>::infinity()}, {0, 0, 0}}, {{0}, {}}),
              HasSubstr("a trunk_cost is inf"));
  EXPECT_THAT(refusal(ascending_costs(), {{3}, {}}), HasSubstr("exit 3 does not exist"));
  EXPECT_THAT(refusal(ascending_costs(), {{0, 1}, {}}), HasSubstr("0 thresholds for 2 exits"));
}

TEST(Cheapest, StopsEarlyWhereThatIsRight) {
  const auto policy = cheapest(three_exits(), ascending_costs(), 100);
  EXPECT_THAT(policy.exits, ElementsAre(0, 2));
  EXPECT_THAT(policy.thresholds, ElementsAre(0.7F));
  EXPECT_DOUBLE_EQ(policy.accuracy, 100);
  EXPECT_DOUBLE_EQ(policy.mean_cost, (3 * 1.5 + 2 * 11) / 5);
}

TEST(Cheapest, IsAFixedExitWhereHeadsCostMoreThanTheySave) {
  const ExitCosts costs{{9, 9.5, 10}, {20, 20, 0}};
  const auto policy = cheapest(three_exits(), costs, 100);
  EXPECT_THAT(policy.exits, ElementsAre(2));
  EXPECT_TRUE(policy.thresholds.empty());
  EXPECT_DOUBLE_EQ(policy.mean_cost, 10);
}

TEST(Cheapest, LeavesOutExitsWhereNoSampleStops) {
  const ExitCosts free_heads{{1, 2, 10}, {0, 0, 0}};
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    const auto samples = random_samples(random, 3, 20, 10);
    const auto policy = cheapest(samples, free_heads, 60);
    const Stops stops = count_stops(samples, policy.exits, policy.thresholds);
    EXPECT_THAT(stops.counts, testing::Each(testing::Gt(0u)));
  }
}

TEST(Cheapest, IsTheCheapestThereIsForUpToFourExits) {
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) {
    const std::size_t exits = 1 + random() % 4;
    const auto samples = random_samples(random, exits, 12, 100);
    const auto costs = random_costs(random, exits);
    const auto all = every_policy(samples, costs);
    for (const double share : {0.5, 0.8, 0.9, 1.0}) {
      const double floor = share * best_accuracy(all);
      const auto policy = cheapest(samples, costs, floor);
      EXPECT_GE(policy.accuracy, floor - 1e-9);
      EXPECT_NEAR(policy.mean_cost, least_cost(all, floor - 1e-9), 1e-9) << exits << " exits, at least " << floor;
    }
  }
}

TEST(Cheapest, IsNearlyTheCheapestForMoreExits) {
  std::mt19937 random(2);
  for (int i = 0; i < 8; ++i) {
    const std::size_t exits = 5 + random() % 2;
    const int grades = exits == 5 ? 20 : 8;  // more than can all be tried
    const auto samples = random_samples(random, exits, 60, grades);
    const auto costs = random_costs(random, exits);
    const auto all = every_policy(samples, costs);
    for (const double share : {0.7, 0.9, 0.95, 0.99, 1.0}) {
      const double floor = share * best_accuracy(all);
      EXPECT_LE(cheapest(samples, costs, floor).mean_cost, 1.02 * least_cost(all, floor - 1e-9)) << exits;
    }
  }
}

TEST(Cheapest, TriesQuantilesOfTheConfidences) {
  std::mt19937 random(4);
  const auto samples = random_samples(random, 2, 1000, 100'000);
  const auto costs = random_costs(random, 2);
  std::set<double> thresholds;
  for (double floor = 68; floor < 80; floor += 0.1) {
    for (const double threshold : cheapest(samples, costs, floor, 5).thresholds) thresholds.insert(threshold);
  }
  EXPECT_GE(thresholds.size(), 2u);
  EXPECT_LE(thresholds.size(), 5u);
  for (const double threshold : thresholds)
    EXPECT_THAT(samples.confidence[0], testing::Contains(static_cast<float>(threshold)));
}

TEST(Cheapest, NamesTheBestAccuracyWhereNoneIsEnough) {
  Samples samples = three_exits();
  samples.is_right[1][4] = samples.is_right[2][4] = false;
  EXPECT_EQ(complaint(base::ErrorKind::NotFound, [&] { cheapest(samples, ascending_costs(), 90); }),
            "thresholds: no policy has an accuracy of 90.00 %, the best has 80.00 %: ask for less");
  EXPECT_DOUBLE_EQ(cheapest(samples, ascending_costs(), 80).accuracy, 80);
}

TEST(Cheapest, RefusesInvalidInputs) {
  const auto refusal = [](const Samples& samples, double floor, std::size_t candidates) {
    return complaint(base::ErrorKind::InvalidInput, [&] { cheapest(samples, ascending_costs(), floor, candidates); });
  };
  Samples samples = three_exits();
  EXPECT_THAT(refusal(samples, std::numeric_limits<double>::quiet_NaN(), 100), HasSubstr("an accuracy of nan"));
  EXPECT_THAT(refusal(samples, 50, 0), HasSubstr("0 candidates"));
  EXPECT_THAT(refusal({}, 50, 100), HasSubstr("exit statistics"));
  samples.confidence[0][0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(samples, 50, 100), HasSubstr("a confidence is inf"));
  samples.is_right[2].pop_back();
  EXPECT_THAT(refusal(samples, 50, 100), HasSubstr("exit 2 has 4 samples"));
}

TEST(Cheapest, IsEvaluatedOnSamplesThatItWasNotFoundOn) {
  std::mt19937 random(5);
  const auto calibration = random_samples(random, 3, 500, 1000);
  const auto test = random_samples(random, 3, 500, 1000);
  const auto costs = random_costs(random, 3);
  const auto found = cheapest(calibration, costs, 70);
  const auto reported = evaluate(test, costs, found);
  EXPECT_EQ(reported.exits, found.exits);
  EXPECT_EQ(reported.thresholds, found.thresholds);
  EXPECT_NE(reported.accuracy, found.accuracy);
  EXPECT_NE(reported.mean_cost, found.mean_cost);
  const auto again = evaluate(calibration, costs, reported);
  EXPECT_EQ(again.accuracy, found.accuracy);
  EXPECT_EQ(again.mean_cost, found.mean_cost);
}

TEST(Front, IsAllThatNoOtherBeats) {
  std::mt19937 random(6);
  for (int i = 0; i < 20; ++i) {
    const std::size_t exits = 2 + random() % 2;
    const auto samples = random_samples(random, exits, 15, 100);
    const auto costs = random_costs(random, exits);
    const auto all = every_policy(samples, costs);
    const auto found = front(samples, costs, 1000);
    double cheapest_so_far = 0;
    for (const auto& policy : found) {
      EXPECT_NEAR(policy.mean_cost, least_cost(all, policy.accuracy - 1e-9), 1e-9);
      EXPECT_GT(policy.mean_cost, cheapest_so_far);
      cheapest_so_far = policy.mean_cost;
    }
    EXPECT_NEAR(found.front().mean_cost, least_cost(all, 0), 1e-9);
    EXPECT_NEAR(found.back().accuracy, best_accuracy(all), 1e-9);
  }
}

TEST(Front, IsTheFixedExitsWhereConfidencesTellNothing) {
  Samples samples = three_exits();
  for (auto& exit : samples.confidence) std::ranges::fill(exit, 0.5F);
  const auto found = front(samples, ascending_costs());
  ASSERT_EQ(found.size(), 2u) << "the second exit is no better than the first";
  EXPECT_THAT(found[0].exits, ElementsAre(0));
  EXPECT_THAT(found[1].exits, ElementsAre(2));
}

TEST(Front, KeepsItsEndsAndTheFixedExitsWhenItIsCutShort) {
  std::mt19937 random(7);
  auto samples = random_samples(random, 3, 400, 1000);
  for (std::size_t sample = 0; sample < 400; ++sample) {  // the second is right wherever the first is
    samples.confidence[1][sample] = 0.5F;
    samples.is_right[1][sample] = samples.is_right[1][sample] || samples.is_right[0][sample];
  }
  const ExitCosts costs{{1, 2, 3}, {0.9, 0, 5}};  // a head that pays only where nearly all stop
  const auto whole = front(samples, costs, 10'000);
  const auto some = front(samples, costs, 6);
  EXPECT_LE(some.size(), 6u);
  EXPECT_TRUE(std::ranges::is_sorted(some, {}, &ThresholdPolicy::accuracy));
  EXPECT_THAT(some.front().exits, ElementsAre(0));
  EXPECT_EQ(some.back().accuracy, whole.back().accuracy);
  const auto is_second = [](const ThresholdPolicy& policy) { return policy.exits == std::vector<std::size_t>{1}; };
  EXPECT_EQ(std::ranges::count_if(whole, is_second), 1);
  EXPECT_EQ(std::ranges::count_if(some, is_second), 1);
}

TEST(Front, IsOnePolicyOfAModelWithOneExit) {
  const auto found = front({{{0.5F, 0.6F}}, {{true, false}}}, {{4}, {1}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].exits, ElementsAre(0));
  EXPECT_DOUBLE_EQ(found[0].mean_cost, 5);
  EXPECT_DOUBLE_EQ(found[0].accuracy, 50);
}

}  // namespace
}  // namespace tandem::exits
