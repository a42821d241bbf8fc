#include "plan/solve/replan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "plan/judge/price.h"
#include "plan/judge/test_allocations.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

TEST(Replanner, FindsWhatSolveFindsWhateverTheBandwidthAndLoad) {
  Problem problem = three_targets();
  Replanner replanner(problem);
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const double bandwidth = std::exp(std::uniform_real_distribution<double>(-3, 6)(random));
    const std::size_t link = random() % problem.links.size();
    const std::size_t target = random() % problem.targets.size();
    problem.links[link].upload_mbps = problem.links[link].download_mbps = bandwidth;
    problem.targets[target].load = 1 + 1 / bandwidth;
    replanner.set_link(link, problem.links[link].round_trip_ms, bandwidth, bandwidth);
    replanner.set_load(target, 1 + 1 / bandwidth);
    ASSERT_EQ(*replanner.plan(), solve(problem).plans.at(0).decision) << "at " << bandwidth << " Mbit/s";
  }
}

TEST(Replanner, AllocatesNothing) {
  Replanner replanner(three_targets());
  (void)replanner.plan();
  const std::size_t before = allocation_count();
  for (const double bandwidth : {0.01, 1.0, 100.0, 10'000.0}) {
    replanner.set_link(0, 5, bandwidth, bandwidth);
    replanner.set_load(1, 3);
    (void)replanner.plan();
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(Replanner, ChoosesTheMostAccurateExitThatMeetsTheDeadline) {
  Problem problem = with_early_exit();
  problem.policies = {{"early", {{0, 1, 0}}, 80}, {"late", {{1, 1, 0}}, 90}};
  problem.objective.kind = ObjectiveKind::Accuracy;
  const double fastest_late = [&] {
    Problem late = problem;
    late.policies.erase(late.policies.begin());
    late.objective.kind = ObjectiveKind::Latency;
    return solve(late).plans.at(0).latency_ms;
  }();
  problem.constraints = {at_most(Metric::Latency, fastest_late * 1.01)};
  EXPECT_EQ(Replanner(problem).plan()->policy, 1u);
  problem.constraints = {at_most(Metric::Latency, fastest_late * 0.99)};
  Replanner hurried(problem);
  ASSERT_NE(hurried.plan(), nullptr);
  EXPECT_EQ(hurried.plan()->policy, 0u);
}

TEST(Replanner, SaysNothingWhenTheDeadlineCannotBeMet) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 1e-6)};
  EXPECT_EQ(Replanner(problem).plan(), nullptr);
}

TEST(Replanner, RefusesWhatNeedsASearch) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Upload, 1000)};
  EXPECT_THROW(Replanner{problem}, base::Error);
}

}  // namespace
}  // namespace tandem::plan
