#include "plan/compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "plan/judge/price.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Compared ask(const Problem& problem, const std::string& method) {
  return compare(problem, methods_named({method})).at(0);
}

Problem with(Problem problem, const std::string& constraint) {
  problem.constraints.push_back(parse_constraint(problem, constraint));
  return problem;
}

// At early: "a" and the head, which takes 1 ms on the device; at final: "a" and "c". Either alone, or half of the
// requests at each.
Problem with_policies() {
  Problem problem = with_early_exit();
  problem.targets[0].block_ms[1] = 1;
  problem.policies = {
      {"early", {{0, 1, 0}}, 70}, {"final", {{1, 1, 0}}, 90}, {"both", {{0, 0.5, 0.9}, {1, 0.5, 0}}, 85}};
  return problem;
}

TEST(Methods, AreNamedOneByOneOrAllTogether) {
  EXPECT_EQ(methods_named({"all"}).size(), 6);
  EXPECT_STREQ(methods_named({"spinn"}).at(0)->name, "spinn");
  EXPECT_THAT(base::message_of([] { methods_named({"magic"}); }),
              HasSubstr("--compare magic: expected names of all, neurosurgeon, edgent"));
}

// Over 8 Mbit/s the input takes 100 ms, a.out 10, b.out 2. By its own count, before a, b, c and at the end: with the
// edge 130, 45, 47, 60; with the cloud 106, 25, 35, 60. The judge adds 1 + 4 ms of overhead, a round trip of 10 and
// 0.5 for the answer: 10 + 10 + 5 + 15.5.
TEST(Neurosurgeon, CutsTheChainOnceByItsOwnCount) {
  const Compared answer = ask(three_targets(), "neurosurgeon");
  EXPECT_EQ(answer.plan->summary(), "device 0–2 → cloud 3–8");
  EXPECT_DOUBLE_EQ(answer.plan->latency_ms, 40.5);
}

// 2 W to compute and 5 W to send: all on the device 60 × 2 = 120; cut after a 10 × 2 + 10 × 5 = 70, after b
// 30 × 2 + 2 × 5 = 70 too, and the first is taken; the whole in the cloud 100 × 5.
TEST(Neurosurgeon, MinimisesTheDevicesEnergyIfThatIsTheObjective) {
  Problem problem = three_targets();
  problem.objective.kind = ObjectiveKind::Energy;
  problem.targets[0].compute_watts = 2;
  problem.targets[0].send_watts = 5;
  EXPECT_THAT(ask(problem, "neurosurgeon").plan->decision.position, ElementsAre(0, 1, 1));
}

TEST(Neurosurgeon, KnowsNoLimitsAndTheirBreachIsNamed) {
  const Compared answer = ask(with(three_targets(), "avoid cloud"), "neurosurgeon");
  EXPECT_THAT(answer.broken, ElementsAre("avoid cloud"));
}

TEST(Neurosurgeon, KnowsNoMemory) {
  Problem problem = three_targets();
  problem.targets[2].memory_limit_bytes = 100;  // b and c have 600
  EXPECT_THAT(ask(problem, "neurosurgeon").broken, ElementsAre("the memory of cloud"));
}

TEST(Neurosurgeon, SaysWhatItNeeds) {
  Problem alone = three_targets();
  alone.links.clear();
  EXPECT_THAT(ask(alone, "neurosurgeon").why_not, HasSubstr("needs a second target"));
  EXPECT_THAT(ask(with_half_exiting(), "neurosurgeon").why_not, HasSubstr("no policy runs the whole network"));
}

// By its count the final exit takes 10 + 10 + 3 = 23 ms with the cloud, the early one 10 + 1 = 11 on the device.
TEST(Edgent, TakesTheLastExitThatKeepsTheDeadline) {
  EXPECT_EQ(ask(with(with_policies(), "latency <= 23ms"), "edgent").plan->policy, "final");
  EXPECT_EQ(ask(with(with_policies(), "latency <= 22.5ms"), "edgent").plan->policy, "early");
  EXPECT_THAT(ask(with(with_policies(), "latency <= 10.5ms"), "edgent").why_not,
              HasSubstr("no exit keeps the deadline"));
}

TEST(Edgent, SaysWhatItNeeds) {
  EXPECT_EQ(ask(with_policies(), "edgent").why_not, "it needs a deadline: --deadline");
  EXPECT_THAT(ask(with(three_targets(), "latency <= 1s"), "edgent").why_not, HasSubstr("it needs exits"));
}

// By the judge: all on the device 61 ms; cut after a with the cloud 40.5, or 33 with a.out in 2,500 bytes.
TEST(Spinn, SendsQuantisedTensors) {
  Problem problem = three_targets();
  EXPECT_DOUBLE_EQ(ask(problem, "spinn").plan->latency_ms, 40.5);
  problem.tensors[1].encodings.push_back({"int8", 2'500});
  EXPECT_DOUBLE_EQ(ask(problem, "spinn").plan->latency_ms, 33);
}

// No candidate takes 10 ms, so that limit counts no more; without the cloud, cut after a with the edge:
// 1 + 10 + 2 + 10 + 1 + 2 + 25 = 51.
TEST(Spinn, KeepsConstraintsInTheirOrderAndDropsTheHopeless) {
  const Compared answer = ask(with(with(three_targets(), "latency <= 10ms"), "avoid cloud"), "spinn");
  EXPECT_DOUBLE_EQ(answer.plan->latency_ms, 51);
  EXPECT_THAT(answer.broken, ElementsAre("latency <= 10ms"));
}

TEST(Spinn, ChoosesAThresholdWithTheCut) {
  EXPECT_EQ(ask(with(with_policies(), "accuracy >= 80%"), "spinn").plan->policy, "both");
  EXPECT_EQ(ask(with(with_policies(), "accuracy >= 86%"), "spinn").plan->policy, "final");
}

// x takes 100 ms on the device and 1 in the cloud, y the reverse; the input takes 8 ms, and x.out as long.
Problem back_and_forth() {
  Problem problem = three_targets();
  problem.blocks = {{"x", 0, 1}, {"y", 1, 2}};
  problem.tensors = {{"input", kNone, {0}, {{kRaw, 8'000}}}, {"x.out", 0, {1}, {{kRaw, 8'000}}}};
  problem.targets.erase(problem.targets.begin() + 1);
  problem.targets[0].block_ms = {100, 1};
  problem.targets[1].block_ms = {1, 100};
  problem.links = {{0, 1, 10, 8, 16}};
  return problem;
}

// The minimum cut: x in the cloud and y on the device, 8 + 1 + 1 = 10, with x.out flowing back for free. Moved to the
// cloud, y makes it 8 + 1 + 100; the judge adds the overhead of 4, the round trip of 10 and 0.5 for the answer.
TEST(Dads, LetsDataFlowBackAndIsRepaired) {
  const Compared answer = ask(back_and_forth(), "dads");
  EXPECT_EQ(answer.plan->summary(), "all on cloud");
  EXPECT_DOUBLE_EQ(answer.plan->latency_ms, 123.5);
  EXPECT_EQ(answer.note, "its cut let data flow back; layers were moved");
  EXPECT_DOUBLE_EQ(solve(back_and_forth()).plans.at(0).latency_ms, 102);  // all on the device
}

// 10 ms everywhere, and 1 ms for x.out. Least sum: 20 on the device; least maximum: 10, cut after x.
TEST(Dads, BalancesTheStagesUnderHeavyLoad) {
  Problem problem = back_and_forth();
  problem.targets[0].block_ms = problem.targets[1].block_ms = {10, 10};
  problem.tensors[0].encodings[0].bytes = 100'000;
  problem.tensors[1].encodings[0].bytes = 1'000;
  EXPECT_EQ(ask(problem, "dads").plan->summary(), "all on device");
  problem.objective.kind = ObjectiveKind::Throughput;
  EXPECT_EQ(ask(problem, "dads").plan->summary(), "device 0 → cloud 1");
}

TEST(Dads, SaysWhatItNeeds) {
  Problem alone = three_targets();
  alone.links.clear();
  EXPECT_THAT(ask(alone, "dads").why_not, HasSubstr("needs a second target"));
}

// a on the device, the others in the cloud, over the edge, which runs nothing: 11 + (2 + 10 + 1) + (4 + 1 + 0.1) + 9.
TEST(Portend, TriesEveryPartitionAndThreshold) {
  EXPECT_DOUBLE_EQ(ask(three_targets(), "portend").plan->latency_ms, 38.1);
  EXPECT_EQ(ask(with_policies(), "portend").plan->policy, "early");
  EXPECT_EQ(ask(with(with_policies(), "accuracy >= 80%"), "portend").plan->policy, "both");
  EXPECT_THAT(ask(with(with_policies(), "accuracy >= 95%"), "portend").why_not, HasSubstr("accurate enough"));
}

TEST(Portend, StopsWhereThereAreTooManyPartitions) {
  const auto answer =
      compare(three_targets(), methods_named({"portend"}), {.must_stop = {}, .most_decisions = 5}).at(0);
  EXPECT_EQ(answer.why_not, "more than 5 partitions");
}

TEST(Exhaustive, FindsTheBestDecisionOrSaysWhyNot) {
  EXPECT_DOUBLE_EQ(ask(three_targets(), "exhaustive").plan->latency_ms, 38.1);
  EXPECT_EQ(ask(with(three_targets(), "latency <= 1ms"), "exhaustive").why_not, "no decision keeps all limits");
  const auto few =
      compare(three_targets(), methods_named({"exhaustive"}), {.must_stop = {}, .most_decisions = 3}).at(0);
  EXPECT_EQ(few.why_not, "more than 3 decisions");
}

}  // namespace
}  // namespace tandem::plan
