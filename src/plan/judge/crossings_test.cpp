// Tensors that go past others, priced by hand.
#include "plan/judge/crossings.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kInput = 0, kFirst = 1, kSecond = 2;  // tensors

// "a.out" is read by "b" and "c": 10,000 bytes, at 8 Mbit/s from the device, at 80 Mbit/s from the edge.
Problem with_skip() {
  Problem problem = three_targets();
  problem.tensors[kFirst].consumers = {1, 2};
  problem.allows_bypass = true;
  return problem;
}

Decision past_the_edge() {
  return {0, {0, 1, 2}, {0, 1, 2}, {{0, kFirst, 0}, {0, kFirst, 0, 1}, {1, kSecond, 0}}};
}

std::string complaint_about(const Problem& problem, const Decision& decision) {
  try {
    price(problem, decision);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Internal);
    return error.message().substr(error.message().find(": ") + 2);
  }
  return "";
}

TEST(Bypass, CostsItsTransferAndNoRoundTrip) {
  const Plan plan = price(with_skip(), past_the_edge());
  EXPECT_DOUBLE_EQ(plan.latency_ms, (11 + 12 + 7) + (2 + 10 + 1) + (4 + 0.2 + 0.1) + 10);
  EXPECT_DOUBLE_EQ(plan.upload_bytes, 10'000 + 10'000 + 2'000);
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 13);
  EXPECT_EQ(plan.stages[0].bypasses, (std::vector<Bypass>{{"cloud", 10'000, 10, {{"a.out", "raw", 10'000}}}}));
  EXPECT_EQ(plan.summary(), "device 0–2 ⤳ cloud → edge 3–5 → cloud 6–8");
}

TEST(Bypass, IsEncodedOnceAndDecodedWhereItArrives) {
  Problem problem = with_skip();
  problem.tensors[kFirst].encodings[0].encode_ms = {3, 5, 7};
  problem.tensors[kFirst].encodings[0].decode_ms = {0.25, 0.5, 2};
  problem.tensors[kFirst].encodings[0].accuracy_loss = 0.5;
  const Plan plan = price(problem, past_the_edge());
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 13 + 3 + 0.5);
  EXPECT_DOUBLE_EQ(plan.stages[0].bypass_ms(), 10 + 2);
  EXPECT_DOUBLE_EQ(plan.accuracy, 99);  // a loss for each way
  problem.tensors[kFirst].encodings.push_back(problem.tensors[kFirst].encodings[0]);
  Decision two_ways = past_the_edge();
  two_ways.crossings[1].encoding = 1;
  EXPECT_DOUBLE_EQ(price(problem, two_ways).stages[0].bypass_ms(), 3 + 10 + 2);
}

TEST(Bypass, KeepsBothEndsBusyAndItsLink) {
  Problem problem = with_skip();
  problem.tensors[kFirst].encodings[0].decode_ms = {0, 0, 40};
  EXPECT_DOUBLE_EQ(price(problem, past_the_edge()).period_ms, 40 + 7);
  problem.tensors[kFirst].encodings[0].decode_ms = {};
  problem.links[2].upload_mbps = 1;
  EXPECT_DOUBLE_EQ(price(problem, past_the_edge()).period_ms, 80);
  problem.targets[0].send_watts = 2;
  problem.targets[2].receive_watts = 3;
  problem.links[2].price_per_gb = 5;
  const Plan plan = price(problem, past_the_edge());
  EXPECT_DOUBLE_EQ(plan.energy_j, (2 * (10 + 80) + 3 * (80 + 0.2)) / 1000);
  EXPECT_DOUBLE_EQ(plan.money, 5 * 10'000 / 1e9);
}

TEST(Bypass, CountsForTheLimitsOfItsLink) {
  const Problem problem = with_skip();
  const Plan plan = price(problem, past_the_edge());
  Constraint constraint;
  constraint.links = {2};
  constraint.metric = Metric::Exchange;
  EXPECT_DOUBLE_EQ(measure(problem, plan, constraint), 10);
  constraint.metric = Metric::Upload;
  EXPECT_DOUBLE_EQ(measure(problem, plan, constraint), 10'000);
}

// Half of the requests stop on the edge: all send, half decode.
TEST(Bypass, IsSentBeforeAnExitBehindItsSenderIsDecided) {
  Problem problem = with_half_exiting();
  problem.allows_bypass = true;
  problem.tensors[kFirst].encodings[0].decode_ms = {0, 0, 4};
  const Decision decision{0, {0, 1, 2}, {0, 1, 2}, {{0, kFirst, 0}, {0, kFirst, 0, 1}}};
  const Plan plan = price(problem, decision);
  EXPECT_DOUBLE_EQ(plan.stages[0].bypass_ms(), 10 + 0.5 * 4);
  problem.latency_quantile = 0.5;
  EXPECT_DOUBLE_EQ(price(problem, decision).stages[0].bypass_ms(), 10);
}

TEST(Bypass, MustBeAllowedAndHaveALink) {
  Problem problem = with_skip();
  problem.allows_bypass = false;
  EXPECT_EQ(complaint_about(problem, past_the_edge()), "it sends a tensor past others");
  problem.allows_bypass = true;
  problem.links.pop_back();
  EXPECT_EQ(complaint_about(problem, past_the_edge()), "no link past others from stage 0 to 2");
}

TEST(Bypass, BringsATensorOnceToThoseThatNeedIt) {
  const auto complaint_of = [](std::vector<Crossing> crossings) {
    Decision decision = past_the_edge();
    decision.crossings = std::move(crossings);
    return complaint_about(with_skip(), decision);
  };
  const std::string where = "tensor 1 does not come to stage ";
  EXPECT_EQ(complaint_of({{0, kFirst, 0}, {0, kFirst, 0, 1}, {1, kFirst, 0}, {1, kSecond, 0}}),
            where + "2 as it should");
  EXPECT_EQ(complaint_of({{0, kFirst, 0}, {1, kSecond, 0}}), where + "2 as it should");
  EXPECT_EQ(complaint_of({{0, kFirst, 0, 1}, {1, kSecond, 0}}), where + "1 as it should");
  EXPECT_EQ(complaint_of({{0, kInput, 0}, {0, kFirst, 0}, {0, kFirst, 0, 1}, {1, kSecond, 0}}),
            "tensor 0 does not come to stage 1 as it should");
  EXPECT_EQ(complaint_of({{0, kFirst, 0}, {0, kFirst, 0, 2}, {1, kSecond, 0}}),
            "tensor 1 crosses hop 0, past 2 stages");
  EXPECT_EQ(complaint_of({{0, kFirst, 0, 1}, {0, kFirst, 0}, {1, kSecond, 0}}),
            "its crossings are not in ascending order");
}

// Each of the two readers behind the device may have it from any stage before.
TEST(Bypass, IsEnumerated) {
  std::size_t past = 0, all = 0;
  for (const auto& decision : every_decision(with_skip())) {
    if (decision.route != std::vector<std::size_t>{0, 1, 2} || decision.position != std::vector<std::size_t>{0, 1, 2})
      continue;
    ++all;
    past += decision == past_the_edge() ? 1 : 0;
  }
  EXPECT_EQ(all, 2u);
  EXPECT_EQ(past, 1u);
  Problem problem = with_skip();
  problem.allows_bypass = false;
  for (const auto& decision : every_decision(problem)) {
    for (const auto& crossing : decision.crossings) EXPECT_EQ(crossing.past, 0u);
  }
}

}  // namespace
}  // namespace tandem::plan
