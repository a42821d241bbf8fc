#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "base/error.h"
#include "plan/chain.h"
#include "plan/plan.h"

namespace tandem::plan {
namespace {

using cost::Tier;

Problem random_problem(std::mt19937& random) {
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  Problem problem;
  const std::size_t blocks = 1 + random() % 6;
  for (std::size_t cut = 0; cut <= blocks; ++cut) {
    problem.cut_position.push_back(cut * 3);
    problem.cut_bytes.push_back(cut == blocks ? 0 : real(1e3, 1e6));
  }
  problem.answer_bytes = 4000;
  const std::size_t targets = 1 + random() % 4;
  for (std::size_t target = 0; target < targets; ++target) {
    const auto tier = target == 0 ? Tier::Device : static_cast<Tier>(1 + random() % 2);
    problem.targets.push_back({"t" + std::to_string(target), tier, real(0, 2), {}});
    for (std::size_t block = 0; block < blocks; ++block)
      problem.targets.back().block_ms.push_back(real(0.1, 40.0 / (1.0 + static_cast<double>(target))));
  }
  for (std::size_t from = 0; from < targets; ++from) {
    for (std::size_t to = 0; to < targets; ++to) {
      const bool is_possible = problem.targets[from].tier < problem.targets[to].tier;
      if (is_possible && random() % 4 != 0)
        problem.links.push_back({from, to, real(0, 20), real(1, 1000), real(1, 1000)});
    }
  }
  return problem;
}

bool are_linked(const Problem& problem, std::size_t from, std::size_t to) {
  return std::ranges::any_of(problem.links,
                             [&](const ProblemLink& link) { return link.from == from && link.to == to; });
}

// Every pipeline, relays that run nothing included; the last target runs something.
void enumerate(const Problem& problem, std::vector<std::size_t> targets, std::vector<std::size_t> ends,
               std::vector<double>& costs) {
  const std::size_t begin = ends.empty() ? 0 : ends.back();
  if (begin == problem.block_count()) return;
  for (std::size_t end = begin; end <= problem.block_count(); ++end) {
    auto longer = ends;
    longer.push_back(end);
    if (end == problem.block_count()) {
      costs.push_back(price(problem, targets, longer).latency_ms);
      continue;
    }
    for (std::size_t next = 0; next < problem.targets.size(); ++next) {
      if (!are_linked(problem, targets.back(), next)) continue;
      auto further = targets;
      further.push_back(next);
      enumerate(problem, further, longer, costs);
    }
  }
}

Problem two_targets() {
  Problem problem;
  problem.cut_position = {0, 2, 5};
  problem.cut_bytes = {1'000'000, 10'000, 0};
  problem.answer_bytes = 0;
  problem.targets = {{"device", Tier::Device, 1, {10, 100}}, {"cloud", Tier::Cloud, 1, {1, 10}}};
  problem.links = {{0, 1, 5, 8, 8}};
  return problem;
}

TEST(SolveChain, EqualsBruteForceOnRandomChains) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    const Problem problem = random_problem(random);
    std::vector<double> expected;
    enumerate(problem, {0}, {}, expected);
    std::ranges::sort(expected);
    const auto plans = solve_chain(problem, 5);
    ASSERT_EQ(plans.size(), std::min<std::size_t>(5, expected.size())) << "seed " << seed;
    for (std::size_t i = 0; i < plans.size(); ++i)
      ASSERT_NEAR(plans[i].latency_ms, expected[i], 1e-9) << "seed " << seed;
  }
}

TEST(SolveChain, CutsWhereTheTensorIsSmall) {
  const Plan plan = solve_chain(two_targets()).at(0);
  EXPECT_EQ(plan.summary(), "device 0–1 → cloud 2–4");
  EXPECT_DOUBLE_EQ(plan.latency_ms, 11 + (5 + 10) + 11);
}

TEST(SolveChain, StaysAtHomeWhenTheLinkIsSlow) {
  Problem problem = two_targets();
  problem.links[0].upload_mbps = 0.01;
  const Plan plan = solve_chain(problem).at(0);
  EXPECT_TRUE(plan.is_native());
  EXPECT_EQ(plan.summary(), "all on device");
}

TEST(SolveChain, NeverListsAPlanTwice) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const auto plans = solve_chain(random_problem(random), 20);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) ASSERT_FALSE(plans[i] == plans[j]) << "seed " << seed;
    }
  }
}

TEST(NativePlans, IncludeTheInputsTransfer) {
  const auto plans = native_plans(two_targets());
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_DOUBLE_EQ(plans[0].latency_ms, 111);
  EXPECT_DOUBLE_EQ(plans[1].latency_ms, 5 + 1000 + 12);
}

TEST(NativePlans, ReachTargetsThroughRelays) {
  Problem problem = two_targets();
  problem.targets.insert(problem.targets.begin() + 1, {"edge", Tier::Edge, 1, {5, 50}});
  problem.links = {{0, 1, 5, 8, 8}, {1, 2, 1, 80, 80}};
  const auto plans = native_plans(problem);
  ASSERT_EQ(plans.size(), 3u);
  EXPECT_EQ(plans[2].stages.size(), 3u);
  EXPECT_DOUBLE_EQ(plans[2].latency_ms, (5 + 1000) + (1 + 100) + 12);
}

TEST(PlanJson, ReadsBackWhatItWrote) {
  const Plan plan = solve_chain(two_targets()).at(0);
  EXPECT_EQ(plan_from_json(to_json(plan), "plan.json", 5), plan);
}

TEST(PlanJson, RefusesGapsAndOverlaps) {
  base::Json json = to_json(solve_chain(two_targets()).at(0));
  EXPECT_THROW(plan_from_json(json, "plan.json", 6), base::Error);
  json["stages"][1]["first_layer"] = 3;
  EXPECT_THROW(plan_from_json(json, "plan.json", 5), base::Error);
  json["stages"] = base::Json::array();
  EXPECT_THROW(plan_from_json(json, "plan.json", 5), base::Error);
}

}  // namespace
}  // namespace tandem::plan
