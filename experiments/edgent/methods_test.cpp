#include "methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/problem/problem_check.h"

namespace tandem::edgent {
namespace {

using testing::ElementsAre;

constexpr std::size_t kShallow = 0;
constexpr std::size_t kDeep = 1;

// Trunk a → b, each 100 ms on the device and 1 ms on the edge, with an exit after either (heads of 10 ms and 0.1 ms).
// The picture is 1000 bytes, what crosses between a and b 500. A round trip of 2 ms.
plan::Problem two_exits(double mbps) {
  plan::Problem problem;
  problem.tiers = {"device", "edge"};
  problem.blocks = {{"a", 0, 1}, {"shallow", 1, 2}, {"b", 2, 3}, {"deep", 3, 4}};
  const auto raw = [](double bytes) {
    plan::Encoding encoding;
    encoding.bytes = bytes;
    return std::vector{encoding};
  };
  problem.tensors = {{"x", plan::kNone, {0}, raw(1000)}, {"y", 0, {1, 2}, raw(500)}, {"z", 2, {3}, raw(400)}};
  problem.targets.resize(2);
  problem.targets[0].name = "device";
  problem.targets[0].block_ms = {100, 10, 100, 10};
  problem.targets[1].name = "edge";
  problem.targets[1].tier = 1;
  problem.targets[1].block_ms = {1, 0.1, 1, 0.1};
  problem.links = {{0, 1, 2, mbps, mbps}};
  problem.exits = {{"shallow", 1}, {"deep", 3}};
  problem.answer_bytes = 40;
  problem.policies = {{"shallow", {{kShallow, 1}}, 80},
                      {"deep", {{kDeep, 1}}, 90},
                      {"shallow, deep", {{kShallow, 0.7, 0.9}, {kDeep, 0.3}}, 92}};
  plan::check(problem, "the test's problem");
  return problem;
}

std::optional<plan::Plan> choose(const std::string& method, double mbps, double deadline_ms) {
  const auto found = std::ranges::find(methods(), method, &Method::name);
  if (found == methods().end()) throw std::invalid_argument(method);
  return found->choose(two_exits(mbps), deadline_ms);
}

std::string summary(const std::optional<plan::Plan>& plan) {
  return plan ? plan->summary() : "none";
}

constexpr double kFast = 100;   // the picture takes 0.08 ms
constexpr double kSlow = 0.01;  // 800 ms

TEST(Methods, DeviceOnlyTakesTheLastExitWhereRequestsBegin) {
  EXPECT_EQ(summary(choose("device only", kFast, 211)), "all on device · exit deep");
  EXPECT_EQ(summary(choose("device only", kFast, 209)), "none");
}

TEST(Methods, EdgeOnlyRunsNothingOnTheDevice) {
  EXPECT_EQ(summary(choose("edge only", kFast, 10)), "all on edge · exit deep");
  EXPECT_EQ(summary(choose("edge only", kSlow, 500)), "none");
}

TEST(Methods, PartitionOnlyCutsWhereItIsFastest) {
  EXPECT_EQ(summary(choose("partition only", kFast, 10)), "all on edge · exit deep");
  EXPECT_EQ(summary(choose("partition only", 0.02, 330)), "all on device · exit deep") << "400 ms for the picture";
  EXPECT_EQ(summary(choose("partition only", 0.02, 200)), "none");
}

TEST(Methods, ExitsOnlySendsNothing) {
  EXPECT_EQ(summary(choose("exits only", kFast, 115)), "all on device · exit shallow");
  EXPECT_EQ(summary(choose("exits only", kFast, 10)), "none");
  EXPECT_EQ(summary(choose("exits only", kSlow, 225)), "all on device · exit shallow, deep");
}

TEST(Methods, EdgentTakesTheDeepestExitThatIsInTime) {
  for (const char* method : {"Edgent, edge first", "Edgent, device first"}) {
    EXPECT_EQ(summary(choose(method, kSlow, 220)), "all on device · exit deep") << method;
    EXPECT_EQ(summary(choose(method, kSlow, 120)), "all on device · exit shallow") << method;
    EXPECT_EQ(summary(choose(method, kFast, 10)), "all on edge · exit deep") << method;
    EXPECT_EQ(summary(choose(method, kSlow, 10)), "none") << method;
  }
}

TEST(Methods, PlansFitTheWholeProblem) {
  for (const auto& method : methods()) {
    const auto plan = method.choose(two_exits(kFast), 1000);
    ASSERT_TRUE(plan) << method.name;
    EXPECT_EQ(two_exits(kFast).policies.at(plan->decision.policy).name, plan->policy) << method.name;
  }
}

TEST(Methods, TandemIsNeverLessAccurateThanAnyOther) {
  for (const double mbps : {0.01, 0.05, 0.1, 1.0, 100.0}) {
    for (double deadline_ms = 1; deadline_ms < 1000; deadline_ms *= 1.3) {
      const auto ours = methods().back().choose(two_exits(mbps), deadline_ms);
      for (const auto& method : methods()) {
        const auto other = method.choose(two_exits(mbps), deadline_ms);
        if (!other) continue;
        ASSERT_TRUE(ours) << method.name << " at " << mbps << ", " << deadline_ms;
        EXPECT_GE(ours->accuracy, other->accuracy) << method.name << " at " << mbps << ", " << deadline_ms;
        EXPECT_LE(ours->latency_ms, deadline_ms * (1 + 1e-9));
      }
    }
  }
}

TEST(EdgeFirst, AddsUpAsPublished) {
  // At 1 Mbit/s the picture takes 8 ms, y 4 ms, z 3.2 ms.
  EXPECT_THAT(edge_first_ms(two_exits(1), kShallow),
              ElementsAre(testing::DoubleNear(110, 1e-9), testing::DoubleNear(1 + 10 + 8 + 4, 1e-9),
                          testing::DoubleNear(1.1 + 8, 1e-9)));
  EXPECT_THAT(edge_first_ms(two_exits(1), kDeep),
              ElementsAre(testing::DoubleNear(210, 1e-9), testing::DoubleNear(1 + 110 + 8 + 4, 1e-9),
                          testing::DoubleNear(2 + 10 + 8 + 3.2, 1e-9), testing::DoubleNear(2.1 + 8, 1e-9)));
}

TEST(EdgeFirst, IsNeverBestInsideWhereTheEdgeIsFaster) {
  for (double mbps = 0.001; mbps < 1000; mbps *= 1.5) {
    for (const std::size_t exit : {kShallow, kDeep}) {
      const auto times_ms = edge_first_ms(two_exits(mbps), exit);
      const double best_ms = *std::ranges::min_element(times_ms);
      EXPECT_TRUE(best_ms == times_ms.front() || best_ms == times_ms.back()) << mbps;
    }
  }
}

}  // namespace
}  // namespace tandem::edgent
