// Every solver against brute force on random small problems with one feature each: 20,000 of each in plan_long_test,
// the first 400 in plan_test.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "plan/judge/brute_force.h"
#include "plan/judge/random_feature.h"
#include "plan/judge/random_problem.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/test_solvers.h"

namespace tandem::plan {
namespace {

#ifdef TANDEM_LONG_TESTS
constexpr unsigned kCases = 20'000;
#else
constexpr unsigned kCases = 400;
#endif
constexpr unsigned kFirstCase = 100'000;
constexpr std::size_t kMostDecisions = 1'000;

class BruteForceWith : public testing::TestWithParam<Feature> {};

TEST_P(BruteForceWith, AgreesWithEverySolver) {
  std::size_t infeasible = 0;
  for (unsigned seed = kFirstCase; seed < kFirstCase + kCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Problem problem = random_problem(random, kMostDecisions, Magnitudes::Usual, GetParam());
    ASSERT_EQ(complaint_about(problem), "");
    const auto expected = best_by_brute_force(problem, kMostPlans);
    if (expected.empty()) ++infeasible;
    expect_all_solvers_find(problem, expected);
  }
  std::printf("%u cases, of which %zu are infeasible\n", kCases, infeasible);
}

INSTANTIATE_TEST_SUITE_P(Features, BruteForceWith,
                         testing::Values(Feature::Inability, Feature::Money, Feature::Together, Feature::Segments,
                                         Feature::Replicas, Feature::Waits),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace tandem::plan
