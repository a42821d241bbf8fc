// Work in parallel, priced by hand.
#include "plan/judge/steps.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.h"
#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

// Sent 10,000 bytes at 80 Mbit/s, returned 5,000 at 40 Mbit/s.
constexpr double kExchangeMs = 1 + 1 + 1;
constexpr double kLatencyMs = (1 + 10) + (0.5 + 20) + (0.5 + 5);

// The message of pricing this decision; empty: it has a price.
std::string complaint_about(const Problem& problem, const Decision& decision) {
  try {
    price(problem, decision);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Internal);
    return error.message().substr(error.message().find(": ") + 2);
  }
  return "";
}

template <class Break>
std::string complaint_once(const Break& break_it) {
  Decision decision = branch_on_edge();
  break_it(decision);
  return complaint_about(two_branches(), decision);
}

TEST(Steps, TakeAsLongAsTheirLongestWork) {
  Problem problem = two_branches();
  const Plan plan = price(problem, branch_on_edge());
  EXPECT_DOUBLE_EQ(plan.latency_ms, kLatencyMs);  // the edge's 2 + 15 + 3 ms are shorter
  problem.targets[1].load = 2;
  EXPECT_DOUBLE_EQ(price(problem, branch_on_edge()).latency_ms, 11 + (34 + kExchangeMs) + 5.5);
  EXPECT_DOUBLE_EQ(price(problem, branch_on_edge()).stages[0].waiting_ms(), 34 + kExchangeMs - 20.5);
}

TEST(Steps, AreInThePlan) {
  const Plan plan = price(two_branches(), branch_on_edge());
  ASSERT_EQ(plan.stages.size(), 1u);
  const Stage& stage = plan.stages[0];
  EXPECT_EQ(stage.ranges, (std::vector<LayerRange>{{0, 3}, {5, 6}}));
  EXPECT_DOUBLE_EQ(stage.compute_ms, kLatencyMs);
  ASSERT_EQ(stage.steps.size(), 3u);
  EXPECT_EQ(stage.steps[1].ranges, (std::vector<LayerRange>{{2, 3}}));
  ASSERT_EQ(stage.steps[1].offloads.size(), 1u);
  const Offload& offload = stage.steps[1].offloads[0];
  EXPECT_EQ(offload.target, "edge");
  EXPECT_EQ(offload.ranges, (std::vector<LayerRange>{{3, 5}}));
  EXPECT_DOUBLE_EQ(offload.compute_ms, 17);
  EXPECT_DOUBLE_EQ(offload.sent_bytes, 10'000);
  EXPECT_DOUBLE_EQ(offload.returned_bytes, 5'000);
  EXPECT_DOUBLE_EQ(offload.exchange_ms, kExchangeMs);
  EXPECT_EQ(offload.sent, (std::vector<SentTensor>{{"stem.out", "raw", 10'000}}));
  EXPECT_EQ(plan.summary(), "device 0–2, 5 ∥ edge 3–4");
  EXPECT_FALSE(plan.is_native());
}

TEST(Steps, AddUpInAllMetricsButTheLatency) {
  Problem problem = two_branches();
  problem.targets[0].compute_watts = problem.targets[1].compute_watts = 1000;
  problem.targets[0].send_watts = 2000;
  problem.targets[1].send_watts = 3000;
  problem.targets[0].receive_watts = 5000;
  const Plan plan = price(problem, branch_on_edge());
  EXPECT_DOUBLE_EQ(plan.upload_bytes, 10'000);
  EXPECT_DOUBLE_EQ(plan.period_ms, kLatencyMs);  // of the device
  EXPECT_DOUBLE_EQ(plan.energy_j, kLatencyMs + 17 + 1 * 2 + 1 * 3 + 1 * 5);
  const auto measured = [&](Metric metric, std::vector<std::size_t> targets) {
    return measure(problem, plan, at_most(metric, 0, std::move(targets)));
  };
  EXPECT_DOUBLE_EQ(measured(Metric::Compute, {1}), 17);
  EXPECT_DOUBLE_EQ(measured(Metric::Compute, {}), 17 + kLatencyMs);
  EXPECT_DOUBLE_EQ(measured(Metric::Exchange, {}), kExchangeMs);
  EXPECT_DOUBLE_EQ(measured(Metric::Upload, {}), 10'000);
  EXPECT_DOUBLE_EQ(measured(Metric::Energy, {1}), 17 + 3);
  EXPECT_DOUBLE_EQ(measured(Metric::Memory, {1}), 40);
  EXPECT_DOUBLE_EQ(measured(Metric::Memory, {}), 110);
}

TEST(Steps, CountTheEncodingOfWhatIsSent) {
  Problem problem = two_branches();
  problem.targets[0].load = 2;
  problem.targets[1].load = 3;
  problem.tensors[1].encodings.push_back({"half", 5'000, 1, {4, 0}, {0, 2}});
  Decision decision = branch_on_edge();
  decision.handings[0].encoding = 1;
  const Plan plan = price(problem, decision);
  EXPECT_DOUBLE_EQ(plan.accuracy, 99);
  EXPECT_DOUBLE_EQ(plan.stages[0].steps[1].offloads[0].exchange_ms, 4 * 2 + 1 + 0.5 + 2 * 3 + 1);
  EXPECT_DOUBLE_EQ(plan.stages[0].steps[1].offloads[0].sent[0].bytes, 5'000);
}

TEST(Steps, KeepToTheRulesOfTargets) {
  Problem problem = two_branches();
  const Plan plan = price(problem, branch_on_edge());
  const auto is_kept = [&](ConstraintKind kind, std::vector<std::size_t> blocks, std::vector<std::size_t> targets) {
    Constraint constraint;
    constraint.kind = kind;
    constraint.blocks = std::move(blocks);
    constraint.targets = std::move(targets);
    problem.constraints = {constraint};
    return is_feasible(problem, plan);
  };
  EXPECT_FALSE(is_kept(ConstraintKind::Avoids, {}, {1}));
  EXPECT_TRUE(is_kept(ConstraintKind::Uses, {}, {1}));
  EXPECT_TRUE(is_kept(ConstraintKind::RunsOn, {2}, {1}));
  EXPECT_FALSE(is_kept(ConstraintKind::RunsOn, {1}, {1}));
  EXPECT_FALSE(is_kept(ConstraintKind::KeepsOff, {2}, {1}));
  EXPECT_TRUE(is_kept(ConstraintKind::Private, {}, {0}));
  EXPECT_FALSE(is_kept(ConstraintKind::Private, {2}, {0}));
  problem.constraints.clear();
  problem.targets[1].memory_limit_bytes = 30;
  EXPECT_FALSE(is_feasible(problem, plan));
}

TEST(Steps, AreRefusedWhereTheyBreakTheDefinition) {
  EXPECT_EQ(complaint_once([](Decision&) {}), "");
  EXPECT_EQ(complaint_once([](Decision& each) { each.step[3] = 1; }),
            "block 3 reads tensor right.out before it is there");
  EXPECT_EQ(complaint_once([](Decision& each) { each.step[0] = 3; }),
            "block 1 reads tensor stem.out before it is there");
  EXPECT_EQ(complaint_once([](Decision& each) { each.beside[1] = 1; }), "stage 0 runs nothing itself in step 1");
  EXPECT_EQ(complaint_once([](Decision& each) { each.beside[2] = 2; }), "there is no target 2");
  EXPECT_EQ(complaint_once([](Decision& each) { each.beside[2] = 0; }),
            "its handings are not all tensors that "
            "offloads read, in ascending order");
  EXPECT_EQ(complaint_once([](Decision& each) { each.handings.clear(); }), "an offload lacks a tensor");
  EXPECT_EQ(complaint_once([](Decision& each) { each.handings[0].encoding = 1; }), "tensor 1 has no encoding 1");
  EXPECT_EQ(complaint_once([](Decision& each) { each.beside[2] = kNone; }), "it has steps and no offloads");
  EXPECT_EQ(complaint_once([](Decision& each) { each.step.clear(); }), "it has offloads and no steps");
  EXPECT_EQ(complaint_once([](Decision& each) { each.step = {0, 1, 1, 3}; }), "stage 0 runs nothing itself in step 2");
}

TEST(Steps, AreRefusedWhereTheProblemForbidsThem) {
  Problem problem = two_branches();
  problem.allows_parallel = false;
  EXPECT_EQ(complaint_about(problem, branch_on_edge()), "it works in parallel");
  problem = two_branches();
  problem.tensors[3].encodings.clear();
  EXPECT_EQ(complaint_about(problem, branch_on_edge()), "tensor right.out cannot be returned raw");
  problem = two_branches();
  problem.tensors[3].consumers.clear();
  EXPECT_EQ(complaint_about(problem, branch_on_edge()), "block 2 makes an answer beside its stage");
}

}  // namespace
}  // namespace tandem::plan
