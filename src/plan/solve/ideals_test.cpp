// Throughput by ideals against brute force, on problems of the kind that they are for: machines of the same kind,
// limits of memory, blocks that cost nothing. 20,000 in plan_long_test, the first 500 in plan_test.
#include "plan/solve/ideals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/bundles.h"
#include "plan/solve/ideal_lattice.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
#else
constexpr unsigned kCases = 500;
#endif

// A random problem, made symmetric: targets of a problem become alike, and so do links; some blocks and tensors cost
// nothing; memory is short.
Problem like_machines(std::mt19937& random) {
  Problem problem = random_problem(random, 1'000);
  const auto chance = [&](double probability) { return std::bernoulli_distribution(probability)(random); };
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  problem.objective = {};
  problem.objective.kind = ObjectiveKind::Throughput;
  const std::size_t first = chance(0.5) ? 0 : 1;
  const bool are_links_alike = chance(0.7);
  for (std::size_t i = first; i < problem.targets.size(); ++i) {
    const Target like = problem.targets[std::min(first, problem.targets.size() - 1)];
    Target& target = problem.targets[i];
    if (chance(0.2)) continue;
    target.block_ms = like.block_ms;
    target.stage_overhead_ms = like.stage_overhead_ms;
    target.exit_ms = like.exit_ms;
    target.load = like.load;
    target.memory_limit_bytes = like.memory_limit_bytes;
  }
  for (auto& link : problem.links) {
    if (are_links_alike) link = {link.from, link.to, 1, problem.links[0].upload_mbps, problem.links[0].download_mbps};
  }
  for (auto& tensor : problem.tensors) {
    for (auto& encoding : tensor.encodings) {
      if (are_links_alike && !encoding.encode_ms.empty())
        encoding.encode_ms.assign(problem.targets.size(), encoding.encode_ms[0]);
      if (are_links_alike && !encoding.decode_ms.empty())
        encoding.decode_ms.assign(problem.targets.size(), encoding.decode_ms[0]);
      if (chance(0.2)) encoding = {};
    }
  }
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (!chance(0.3)) continue;
    for (auto& target : problem.targets) target.block_ms[block] = 0;
  }
  if (chance(0.5)) {
    const double limit = real(50, 250);
    for (auto& target : problem.targets) target.memory_limit_bytes = limit;
  }
  std::erase_if(problem.constraints, [&](const Constraint&) { return chance(0.6); });
  return problem;
}

TEST(Ideals, FindTheShortestPeriodOfLikeMachines) {
  std::size_t infeasible = 0;
  for (unsigned seed = 0; seed < kCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = like_machines(random);
    ASSERT_EQ(complaint_about(problem), "");
    const auto expected = best_by_brute_force(problem, 1);
    const Solution solution = solve(problem, {.solver = "ideals", .opens = false});
    ASSERT_EQ(solution.plans.size(), expected.size());
    EXPECT_TRUE(solution.is_proven);
    if (expected.empty() && ++infeasible > 0) continue;
    EXPECT_TRUE(is_same_cost(solution.plans[0].cost, expected[0].cost))
        << solution.plans[0].cost << ", brute force finds " << expected[0].cost;
    EXPECT_TRUE(is_same_cost(solution.plans[0].latency_ms, expected[0].latency_ms))
        << solution.plans[0].latency_ms << " ms, brute force finds " << expected[0].latency_ms;
    EXPECT_TRUE(is_feasible(problem, solution.plans[0]));
  }
  std::printf("%u seeds, of which %zu are infeasible\n", kCases, infeasible);
}

// `width` branches of `length` blocks each between a first and a last block; six machines of one kind.
Problem branches(std::size_t width, std::size_t length) {
  Problem problem;
  const std::size_t blocks = width * length + 2;
  std::mt19937 random(1);
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  const auto add_tensor = [&](std::size_t producer, std::vector<std::size_t> readers) {
    problem.tensors.push_back({"t" + std::to_string(problem.tensors.size()), producer, std::move(readers), {}});
    problem.tensors.back().encodings.emplace_back().bytes = real(1e3, 1e5);
  };
  for (std::size_t i = 0; i < blocks; ++i) problem.blocks.push_back({"b" + std::to_string(i), i, i + 1, real(1, 2)});
  add_tensor(kNone, {0});
  std::vector<std::size_t> firsts;
  for (std::size_t branch = 0; branch < width; ++branch) firsts.push_back(1 + branch * length);
  add_tensor(0, firsts);
  for (std::size_t block = 1; block + 1 < blocks; ++block)
    add_tensor(block, {block % length == 0 ? blocks - 1 : block + 1});
  for (std::size_t i = 0; i < 6; ++i) {
    problem.tiers.push_back("tier" + std::to_string(i));
    problem.targets.push_back({"m" + std::to_string(i), i, 0.1, 0, {}});
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    const double ms = real(1, 9);
    for (auto& target : problem.targets) target.block_ms.push_back(ms);
  }
  for (std::size_t from = 0; from < 6; ++from) {
    for (std::size_t to = from + 1; to < 6; ++to) problem.links.push_back({from, to, 1, 1000, 1000});
  }
  problem.objective.kind = ObjectiveKind::Throughput;
  return problem;
}

TEST(Ideals, AreAsManyAsTheWaysToCutTheBranches) {
  const Problem problem = branches(3, 4);
  const Query query = make_query(problem, 0);
  const auto lattice = make_lattice(query, make_bundles(query), kNone);
  ASSERT_TRUE(lattice);
  EXPECT_EQ(lattice->size(), 1u + 5 * 5 * 5 + 1);
  EXPECT_FALSE(make_lattice(query, make_bundles(query), 126));
  EXPECT_EQ(make_lattice(query, make_bundles(query), kNone, 0)->size(), problem.blocks.size() + 1);
}

TEST(Ideals, ProveThroughputOnSixMachinesOfAKindWithLittleMemory) {
  Problem problem = branches(3, 8);
  const Solution free = solve(problem);
  EXPECT_EQ(free.solver, "ideals");
  EXPECT_TRUE(free.is_proven);
  double memory_bytes = 0;
  for (const auto& block : problem.blocks) memory_bytes += block.memory_bytes;
  problem.constraints = {at_most(Metric::Memory, 1.05 * memory_bytes / 6)};
  const Solution tight = solve(problem);
  EXPECT_EQ(tight.solver, "ideals");
  EXPECT_TRUE(tight.is_proven);
  ASSERT_FALSE(tight.plans.empty());
  EXPECT_EQ(tight.plans[0].stages.size(), 6u);
  EXPECT_GE(tight.plans[0].cost, free.plans[0].cost);
}

TEST(Ideals, FindAPlanWhereThereAreTooManyToCountAndClaimNoProof) {
  const Problem problem = branches(12, 5);
  const Solution solution = solve(problem, {.solver = "ideals", .opens = false});
  ASSERT_FALSE(solution.plans.empty());
  EXPECT_FALSE(solution.is_proven);
  EXPECT_GT(solution.bound, 0);
  EXPECT_LE(solution.bound, solution.plans[0].cost);
}

TEST(Ideals, StopWhenTheyMustWithTheBoundThatIsKnown) {
  const Problem problem = branches(3, 8);
  int polls = 0;
  const Solution solution =
      solve(problem, {.solver = "ideals", .must_stop = [&] { return ++polls > 3; }, .opens = false});
  EXPECT_FALSE(solution.is_proven);
  EXPECT_LE(solution.bound, solve(problem).plans.at(0).cost);
}

TEST(Bundles, KeepABlockThatCostsNothingWithItsReader) {
  Problem problem = branches(2, 2);
  for (auto& target : problem.targets) target.block_ms[2] = target.block_ms[4] = 0;
  problem.tensors[2].encodings[0].bytes = 10;   // 1 → 2
  problem.tensors[4].encodings[0].bytes = 1e6;  // 3 → 4, larger than 4 → 5
  const Query query = make_query(problem, 0);
  const auto bundles = make_bundles(query);
  ASSERT_EQ(bundles.size(), 4u);
  const auto ranks_with = [&](std::size_t rank) {
    for (const Bundle& bundle : bundles) {
      if (std::ranges::find(bundle.ranks, rank) != bundle.ranks.end()) return bundle.ranks;
    }
    return std::vector<std::size_t>();
  };
  EXPECT_EQ(ranks_with(2), (std::vector<std::size_t>{2, 5}));
  EXPECT_EQ(ranks_with(4), (std::vector<std::size_t>{3, 4}));
}

}  // namespace
}  // namespace tandem::plan
