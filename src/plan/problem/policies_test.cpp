#include "plan/problem/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "exits/thresholds.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

// Four samples at three exits. The second exit is wrong where the first is right: exits need not be nested.
exits::Samples three_exits() {
  return {{{0.95F, 0.9F, 0.5F, 0.2F}, {0.1F, 0.8F, 0.9F, 0.3F}, {0.5F, 0.5F, 0.5F, 0.5F}},
          {{true, true, false, false}, {false, false, true, false}, {true, true, true, false}}};
}

Problem with_three_exits() {
  Problem problem = three_targets();
  problem.exits = {{"exit1", 0}, {"exit2", 1}, {"exit3", 2}};
  return problem;
}

template <class Make>
std::string complaint(const Make& make) {
  try {
    make();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "";
}

TEST(FixedExit, StopsEveryRequestThere) {
  const Policy policy = fixed_exit(with_three_exits(), three_exits(), 1);
  EXPECT_EQ(policy.name, "exit2");
  ASSERT_EQ(policy.exits.size(), 1u);
  EXPECT_EQ(policy.exits[0].exit, 1u);
  EXPECT_EQ(policy.exits[0].share, 1);
  EXPECT_EQ(policy.exits[0].threshold, 0);
  EXPECT_DOUBLE_EQ(policy.accuracy, 25);
}

TEST(Replay, StopsASampleAtTheFirstExitThatIsSureEnough) {
  const Policy policy = replay(with_three_exits(), three_exits(), {0, 1, 2}, {0.9, 0.8});
  EXPECT_EQ(policy.name, "exit1 ≥ 0.90, exit2 ≥ 0.80, exit3");
  ASSERT_EQ(policy.exits.size(), 3u);
  EXPECT_DOUBLE_EQ(policy.exits[0].share, 0.5);
  EXPECT_DOUBLE_EQ(policy.exits[1].share, 0.25);
  EXPECT_DOUBLE_EQ(policy.exits[2].share, 0.25);
  EXPECT_DOUBLE_EQ(policy.exits[0].threshold, 0.9);
  EXPECT_DOUBLE_EQ(policy.exits[2].threshold, 0);
  EXPECT_DOUBLE_EQ(policy.accuracy, 75);
}

TEST(Replay, TakesAThresholdPolicy) {
  // The five samples of exits/thresholds_test.cpp, for which this is the cheapest policy that is always right.
  const exits::Samples samples{
      {{0.9F, 0.8F, 0.7F, 0.6F, 0.5F}, {0.5F, 0.6F, 0.7F, 0.8F, 0.9F}, {0.5F, 0.5F, 0.5F, 0.5F, 0.5F}},
      {{true, true, true, false, false}, {false, true, true, true, false}, {true, true, true, true, true}}};
  const auto found = exits::cheapest(samples, {{1, 2, 10}, {0.5, 0.5, 0.5}}, 100);
  Problem problem = with_three_exits();
  problem.policies = {replay(problem, samples, found.exits, found.thresholds)};
  EXPECT_EQ(complaint_about(problem), "");
  EXPECT_EQ(problem.policies[0].name, "exit1 ≥ 0.7, exit3");
  EXPECT_DOUBLE_EQ(problem.policies[0].exits[0].share, 0.6);
  EXPECT_DOUBLE_EQ(problem.policies[0].accuracy, found.accuracy);
}

TEST(Replay, LeavesOutExitsThatAreNotNamed) {
  const Policy policy = replay(with_three_exits(), three_exits(), {1, 2}, {0.8});
  EXPECT_DOUBLE_EQ(policy.exits[0].share, 0.5);
  EXPECT_EQ(policy.exits[1].exit, 2u);
  EXPECT_DOUBLE_EQ(policy.accuracy, 50);
}

TEST(Replay, NamesThresholdsWithDigitsEnough) {
  EXPECT_EQ(replay(with_three_exits(), three_exits(), {0, 2}, {0.995}).name, "exit1 ≥ 0.995, exit3");
  EXPECT_EQ(replay(with_three_exits(), three_exits(), {0, 2}, {0.9999999F}).name, "exit1 ≥ 0.9999999, exit3");
  EXPECT_EQ(replay(with_three_exits(), three_exits(), {0, 2}, {0.12345}).name, "exit1 ≥ 0.123, exit3");
}

TEST(Replay, RefusesStatisticsThatDoNotFit) {
  const Problem problem = with_three_exits();
  exits::Samples statistics = three_exits();
  statistics.is_right[1].pop_back();
  EXPECT_EQ(complaint([&] { fixed_exit(problem, statistics, 0); }),
            "exit statistics: exit 1 has 3 samples, expected 4");
  EXPECT_NE(complaint([&] { fixed_exit(three_targets(), three_exits(), 0); }), "");
  EXPECT_NE(complaint([&] { fixed_exit(problem, {{{}, {}, {}}, {{}, {}, {}}}, 0); }), "");
}

TEST(Replay, RefusesChoicesThatMakeNoSense) {
  const Problem problem = with_three_exits();
  const auto choose = [&](std::vector<std::size_t> exits, std::vector<double> thresholds) {
    return complaint([&] { replay(problem, three_exits(), exits, thresholds); });
  };
  EXPECT_NE(choose({}, {}), "");
  EXPECT_NE(choose({1, 0}, {0.5}), "");
  EXPECT_NE(choose({0, 3}, {0.5}), "");
  EXPECT_NE(choose({0, 1}, {}), "");
  EXPECT_NE(choose({0, 1}, {-0.5}), "");
}

TEST(AllPolicies, AreTheFixedExitsAndEveryCombinationOfThresholds) {
  const auto policies = all_policies(with_three_exits(), three_exits(), {0.5, 0.7, 0.9});
  std::set<std::string> names;
  for (const auto& policy : policies) names.insert(policy.name);
  EXPECT_EQ(policies.size(), 3u + 3 * 3 + 9);
  EXPECT_EQ(names.size(), policies.size());
  EXPECT_EQ(policies[2].name, "exit3");
}

TEST(AllPolicies, PassTheProblemsCheck) {
  Problem problem = with_three_exits();
  problem.policies = all_policies(problem, three_exits(), {0.5, 0.9});
  EXPECT_EQ(complaint_about(problem), "");
}

TEST(AllPolicies, AreJustTheFixedExitsWithoutThresholds) {
  EXPECT_EQ(all_policies(with_three_exits(), three_exits(), {}).size(), 3u);
}

TEST(AllPolicies, RefuseToBeTooMany) {
  EXPECT_EQ(complaint([] {
              all_policies(with_three_exits(), three_exits(), {0.5, 0.7, 0.9}, 20);
            }),
            "exit statistics: 3 exits and 3 thresholds make 21 policies, expected at most 20: try fewer thresholds");
}

}  // namespace
}  // namespace tandem::plan
