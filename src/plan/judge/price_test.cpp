#include "plan/judge/price.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

Plan price_of(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position) {
  return price(problem, decide(problem, std::move(route), std::move(position)));
}

template <class Break>
void expect_refused(const Problem& problem, Decision decision, const Break& break_it) {
  break_it(decision);
  try {
    price(problem, decision);
    ADD_FAILURE() << "priced a broken decision";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Internal);
  }
}

TEST(Price, AddsUpStagesAndHops) {
  const Plan plan = price_of(three_targets(), {0, 1, 2}, {0, 1, 2});
  EXPECT_DOUBLE_EQ(plan.stages[0].compute_ms, 1 + 10);
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 2 + 10 + 1);
  EXPECT_DOUBLE_EQ(plan.stages[1].compute_ms, 2 + 10);
  EXPECT_DOUBLE_EQ(plan.stages[1].exchange_ms, 4 + 0.2 + 0.1);
  EXPECT_DOUBLE_EQ(plan.stages[2].compute_ms, 4 + 3);
  EXPECT_DOUBLE_EQ(plan.latency_ms, 11 + 13 + 12 + 4.3 + 7);
  EXPECT_DOUBLE_EQ(plan.cost, plan.latency_ms);
  EXPECT_DOUBLE_EQ(plan.upload_bytes, 12'000);
  EXPECT_DOUBLE_EQ(plan.accuracy, 100);
}

TEST(Price, ChargesARelayForTheHopsAndNoOverhead) {
  const Plan plan = price_of(three_targets(), {0, 1, 2}, {0, 2, 2});
  EXPECT_FALSE(plan.stages[1].runs_layers());
  EXPECT_DOUBLE_EQ(plan.stages[1].compute_ms, 0);
  EXPECT_DOUBLE_EQ(plan.latency_ms, 11 + (2 + 10 + 1) + (4 + 1 + 0.1) + 9);
  EXPECT_DOUBLE_EQ(plan.upload_bytes, 20'000);
}

TEST(Price, CountsTheRequestsHeaderInTimesAlone) {
  Problem problem = three_targets();
  const Plan plain = price_of(problem, {0, 1}, {0, 1, 1});
  problem.header_bytes = 1'000;  // a tenth of the tensor that crosses, which takes 10 ms
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_DOUBLE_EQ(plan.latency_ms, plain.latency_ms + 1);
  EXPECT_DOUBLE_EQ(plan.upload_bytes, plain.upload_bytes);
  EXPECT_DOUBLE_EQ(plan.period_ms, plain.period_ms);
}

TEST(Price, CountsTheHeaderOfEveryExitOfThePolicy) {
  Problem problem = with_half_exiting();
  const Decision decision = decide(problem, {0, 1}, {1, 1, 1});
  const double plain_ms = price(problem, decision).latency_ms;
  problem.header_bytes = 1'000;
  problem.exit_header_bytes = 500;
  EXPECT_DOUBLE_EQ(price(problem, decision).latency_ms, plain_ms + 1.5);
}

TEST(Price, ChargesAFurtherPartToRequestsThatGoOnAtTheStageOfTheExit) {
  Problem problem = with_half_exiting();
  const Decision decision = decide(problem, {0, 1}, {1, 1, 1});
  const double plain_ms = price(problem, decision).latency_ms;
  problem.targets[1].exit_ms = 3;
  EXPECT_DOUBLE_EQ(price(problem, decision).latency_ms, plain_ms + 3 * 0.5);
  problem.targets[1].load = 2;
  const double loaded_ms = price(problem, decision).latency_ms;
  problem.targets[1].exit_ms = 0;
  EXPECT_DOUBLE_EQ(loaded_ms, price(problem, decision).latency_ms + 2 * 3 * 0.5);
}

TEST(Price, ChargesNoFurtherPartWhereTheNextTargetGoesOn) {
  Problem problem = with_half_exiting();
  const Decision decision = decide(problem, {0, 1}, {0, 0, 1});
  const double plain_ms = price(problem, decision).latency_ms;
  problem.targets[0].exit_ms = problem.targets[1].exit_ms = 3;
  EXPECT_DOUBLE_EQ(price(problem, decision).latency_ms, plain_ms);
}

TEST(Price, ChargesNoFurtherPartToRequestsThatStop) {
  Problem problem = with_half_exiting();
  problem.policies[0].exits = {{0, 1, 0.5}, {1, 0, 0}};
  const Decision decision = decide(problem, {0}, {0, 0, 0});
  const double plain_ms = price(problem, decision).latency_ms;
  problem.targets[0].exit_ms = 3;
  EXPECT_DOUBLE_EQ(price(problem, decision).latency_ms, plain_ms);
}

TEST(Price, MultipliesAllTimesOnATargetByItsLoad) {
  Problem problem = three_targets();
  problem.targets[2].load = 3;
  problem.tensors[1].encodings[0].encode_ms = {7, 7, 7};
  problem.tensors[1].encodings[0].decode_ms = {5, 5, 5};
  const Plan plan = price_of(problem, {0, 2}, {0, 1, 1});
  EXPECT_DOUBLE_EQ(plan.stages[1].compute_ms, 3 * (4 + 2 + 3));
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 7 + 10 + 10 + 0.5 + 3 * 5);
}

TEST(Price, ChargesAHopWhatItsBytesWait) {
  Problem problem = three_targets();
  const double plain_ms = price_of(problem, {0, 1}, {0, 1, 1}).latency_ms;  // 10,000 bytes cross
  problem.links[0].waits = {{2'000, 7}, {10'000, 11}};
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_DOUBLE_EQ(plan.latency_ms, plain_ms + 7);
  EXPECT_DOUBLE_EQ(plan.period_ms, price_of(three_targets(), {0, 1}, {0, 1, 1}).period_ms);
  problem.links[0].waits[1].above_bytes = 9'999;
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 1, 1}).latency_ms, plain_ms + 11);
  EXPECT_DOUBLE_EQ(price_of(problem, {0}, {0, 0, 0}).latency_ms, price_of(three_targets(), {0}, {0, 0, 0}).latency_ms);
}

TEST(Price, ChargesAnOffloadWhatItsBytesWait) {
  Problem problem = two_branches();
  const Plan plain = price(problem, branch_on_edge());
  problem.links[0].waits = {{0, 500}};
  EXPECT_GE(price(problem, branch_on_edge()).latency_ms, 500);
  EXPECT_LT(plain.latency_ms, 500);
}

TEST(Price, AWaitIsPaidByRequestsThatCrossTheHop) {
  Problem problem = with_half_exiting();
  const Decision decision = decide(problem, {0, 1}, {0, 0, 1});
  const double plain_ms = price(problem, decision).latency_ms;
  problem.links[0].waits = {{0, 8}};
  EXPECT_DOUBLE_EQ(price(problem, decision).latency_ms, plain_ms + 8 * 0.5);
}

TEST(Price, LinksLimitTheSizeOfAHop) {
  Problem problem = three_targets();
  const auto is_allowed = [&] { return is_feasible(problem, price_of(problem, {0, 1}, {0, 1, 1})); };
  problem.links[0].most_bytes = 10'000;
  EXPECT_TRUE(is_allowed());
  problem.links[0].most_bytes = 9'999;
  EXPECT_FALSE(is_allowed());
  problem.links[0] = three_targets().links[0];
  problem.links[0].least_bytes = 10'001;
  EXPECT_FALSE(is_allowed());
  EXPECT_TRUE(is_feasible(problem, price_of(problem, {0}, {0, 0, 0})));
}

TEST(Price, UsesTheEncodingChosen) {
  Problem problem = three_targets();
  problem.tensors[1].encodings.push_back({"int8", 1'000, 0.5, {4, 4, 4}, {}});
  Decision decision = decide(problem, {0, 1}, {0, 1, 1});
  decision.crossings[0].encoding = 1;
  const Plan plan = price(problem, decision);
  EXPECT_EQ(plan.stages[0].sent, (std::vector<SentTensor>{{"a.out", "int8", 1'000}}));
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 2 + 4 + 1 + 1);
  EXPECT_DOUBLE_EQ(plan.accuracy, 99.5);
}

TEST(Price, SendsATensorOnceThoughManyBlocksReadIt) {
  Problem problem = three_targets();
  problem.tensors[1].consumers = {1, 2};
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 1});
  EXPECT_DOUBLE_EQ(plan.stages[0].sent_bytes, 10'000);
}

TEST(Price, SendsATensorAgainOnEveryHopToItsLastReader) {
  Problem problem = three_targets();
  problem.tensors[1].consumers = {1, 2};
  const Plan plan = price_of(problem, {0, 1, 2}, {0, 1, 2});
  EXPECT_DOUBLE_EQ(plan.stages[0].sent_bytes, 10'000);
  EXPECT_DOUBLE_EQ(plan.stages[1].sent_bytes, 12'000);
}

TEST(Price, ChargesTheHeadOfAnExitThatIsPassed) {
  Problem problem = with_half_exiting();
  problem.policies[0].exits = {{0, 0, 1}, {1, 1, 0}};
  EXPECT_DOUBLE_EQ(price_of(problem, {0}, {0, 0, 0}).latency_ms, 1 + 10 + 20 + 30);
}

TEST(Price, LeavesOutBlocksThatNoExitOfThePolicyNeeds) {
  Problem problem = with_half_exiting();
  problem.policies[0].exits = {{1, 1, 0}};
  EXPECT_DOUBLE_EQ(price_of(problem, {0}, {0, kNone, 0}).latency_ms, 1 + 10 + 30);
}

TEST(Price, WeighsCostsAfterAnExitByTheRequestsThatReachThem) {
  const Plan plan = price_of(with_half_exiting(), {0, 1}, {0, 0, 1});
  EXPECT_DOUBLE_EQ(plan.stages[0].compute_ms, 1 + 10 + 20);
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 0.5 * (2 + 10 + 1));
  EXPECT_DOUBLE_EQ(plan.stages[1].compute_ms, 0.5 * (2 + 15));
  EXPECT_DOUBLE_EQ(plan.stages[0].sent_bytes, 5'000);
  EXPECT_DOUBLE_EQ(plan.stages[0].sent[0].bytes, 10'000);
  EXPECT_DOUBLE_EQ(plan.accuracy, 80);
}

TEST(Price, SendsTensorsOfLaterPhasesWithTheOthers) {
  Problem problem = with_half_exiting();
  problem.tensors.push_back(problem.tensors[0]);
  problem.tensors[2].consumers = {2};
  const Plan plan = price_of(problem, {0, 1}, {1, 1, 1});
  EXPECT_DOUBLE_EQ(plan.stages[0].sent_bytes, 200'000);
}

TEST(Price, TakesTheLatencyOfTheExitByWhichTheQuantileHasStopped) {
  Problem problem = with_half_exiting();
  problem.latency_quantile = 0.5;
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 0, 1}).latency_ms, 1 + 10 + 20);
  problem.latency_quantile = 0.51;
  const Plan plan = price_of(problem, {0, 1}, {0, 0, 1});
  EXPECT_DOUBLE_EQ(plan.latency_ms, 31 + 13 + 17);
  EXPECT_DOUBLE_EQ(plan.stages[0].exchange_ms, 13);
  EXPECT_DOUBLE_EQ(plan.upload_bytes, 5'000);
}

TEST(Price, PeriodIsThatOfTheBusiestStageOrLinkDirection) {
  Problem problem = three_targets();
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 0, 1}).period_ms, 31);
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {1, 1, 1}).period_ms, 100);
  problem.links[0].download_mbps = 0.01;
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 0, 1}).period_ms, 800);
}

TEST(Price, CodecsKeepStagesBusy) {
  Problem problem = three_targets();
  problem.tensors[2].encodings[0].encode_ms = {100, 0, 0};
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 0, 1}).period_ms, 131);
  problem.tensors[2].encodings[0].decode_ms = {0, 200, 0};
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 0, 1}).period_ms, 217);
}

TEST(Price, EnergyIsThatOfComputingSendingAndReceiving) {
  Problem problem = three_targets();
  problem.targets[0].compute_watts = 1000;
  problem.targets[0].send_watts = 100;
  problem.targets[0].receive_watts = 10;
  problem.targets[1].compute_watts = 2000;
  problem.targets[1].send_watts = 200;
  problem.targets[1].receive_watts = 20;
  const double expected = 1000 * 11 + 100 * 10 + 10 * 1 + 20 * 10 + 200 * 1 + 2000 * 27;
  EXPECT_DOUBLE_EQ(price_of(problem, {0, 1}, {0, 1, 1}).energy_j, expected / 1000);
}

TEST(Price, CostFollowsTheObjective) {
  Problem problem = three_targets();
  problem.targets[0].compute_watts = 1000;
  problem.tensors[1].encodings[0].accuracy_loss = 2;
  const auto cost = [&](ObjectiveKind kind) {
    problem.objective.kind = kind;
    return price_of(problem, {0, 1}, {0, 1, 1}).cost;
  };
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Accuracy), 2);
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Throughput), 27);
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Upload), 10'000);
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Energy), 11);
  problem.objective = {ObjectiveKind::Weighted, {}, 1, 0.001, 3, 5};
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Weighted), (11 + 13 + 27) + 10 + 33 + 10);
  problem.objective.links = {1};
  EXPECT_DOUBLE_EQ(cost(ObjectiveKind::Upload), 0);
}

TEST(Price, MergesTheLayersOfNeighbouringBlocks) {
  Problem problem = three_targets();
  problem.tensors[2].producer = 0;
  const Plan plan = price_of(problem, {0, 1}, {0, 1, 0});
  EXPECT_EQ(plan.stages[0].ranges, (std::vector<LayerRange>{{0, 3}, {6, 9}}));
  EXPECT_EQ(price_of(problem, {0, 1}, {0, 1, 1}).stages[1].ranges, (std::vector<LayerRange>{{3, 9}}));
}

TEST(Price, RefusesRoutesThatDoNotExist) {
  Problem problem = three_targets();
  const Decision good = decide(problem, {0, 1, 2}, {0, 2, 2});
  expect_refused(problem, good, [](Decision& decision) { decision.route = {1, 2}; });
  expect_refused(problem, good, [](Decision& decision) { decision.route = {0, 2, 1}; });
  expect_refused(problem, good, [](Decision& decision) { decision.position = {0, 1, 1}; });
  expect_refused(problem, good, [](Decision& decision) { decision.position = {0, 1, 3}; });
  expect_refused(problem, good, [](Decision& decision) { decision.position = {0, kNone, 2}; });
  problem.allows_relays = false;
  expect_refused(problem, good, [](Decision&) {});
}

TEST(Price, RefusesDataThatFlowsBackOrDoesNotCross) {
  const Problem problem = three_targets();
  const Decision good = decide(problem, {0, 1, 2}, {0, 1, 2});
  expect_refused(problem, good, [](Decision& decision) { decision.position = {1, 0, 2}; });
  expect_refused(problem, good, [](Decision& decision) { decision.crossings.pop_back(); });
  expect_refused(problem, good, [](Decision& decision) { decision.crossings.push_back({1, 0, 0}); });
  expect_refused(problem, good, [](Decision& decision) { decision.crossings[1] = {1, 0, 0}; });
  expect_refused(problem, good, [](Decision& decision) { decision.crossings[1].encoding = 1; });
  expect_refused(problem, good, [](Decision& decision) { decision.crossings[1] = decision.crossings[0]; });
}

TEST(Price, RefusesAnExitThatIsDecidedAfterLaterPhases) {
  const Problem problem = with_half_exiting();
  expect_refused(problem, decide(problem, {0, 1}, {0, 1, 0}), [](Decision&) {});
}

TEST(Measure, CountsTheTargetsAndLinksThatAreNamed) {
  Problem problem = three_targets();
  for (auto& target : problem.targets) target.compute_watts = 1000;
  const Plan plan = price_of(problem, {0, 1, 2}, {0, 1, 2});
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Compute, 0)), 30);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Compute, 0, {0, 2})), 18);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Energy, 0, {1})), 12);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Memory, 0)), 400);
  EXPECT_DOUBLE_EQ(measure(problem, plan, at_most(Metric::Memory, 0, {0, 1})), 200);
  Constraint upload = at_most(Metric::Upload, 0);
  upload.links = {1};
  EXPECT_DOUBLE_EQ(measure(problem, plan, upload), 2'000);
}

TEST(Measure, GivesSharesOfTheLatency) {
  const Problem problem = three_targets();
  const Plan plan = price_of(problem, {0, 1}, {0, 0, 1});
  Constraint share = at_most(Metric::Exchange, 0.5);
  share.is_share = true;
  EXPECT_DOUBLE_EQ(measure(problem, plan, share), 5 / plan.latency_ms);
  share.metric = Metric::Compute;
  EXPECT_DOUBLE_EQ(measure(problem, plan, share), (31 + 17) / plan.latency_ms);
}

TEST(Excess, IsRelativeToTheLimit) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 61), at_most(Metric::Latency, 50), at_most(Metric::Error, 0)};
  const Plan plan = price_of(problem, {0}, {0, 0, 0});
  EXPECT_EQ(excess_of(problem, plan, 0), 0);
  EXPECT_DOUBLE_EQ(excess_of(problem, plan, 1), 0.22);
  EXPECT_EQ(excess_of(problem, plan, 2), 0);
  EXPECT_FALSE(is_feasible(problem, plan));
}

TEST(Excess, IsOneForConstraintsWithoutALimit) {
  Problem problem = three_targets();
  const Plan plan = price_of(problem, {0, 1, 2}, {0, 2, 2});
  const auto excess = [&](ConstraintKind kind, std::vector<std::size_t> blocks, std::vector<std::size_t> targets) {
    problem.constraints = {{kind, "", std::move(blocks), std::move(targets)}};
    return excess_of(problem, plan, 0);
  };
  EXPECT_EQ(excess(ConstraintKind::RunsOn, {0, 1}, {0, 2}), 0);
  EXPECT_EQ(excess(ConstraintKind::RunsOn, {0, 1}, {0, 1}), 1);
  EXPECT_EQ(excess(ConstraintKind::KeepsOff, {0, 1}, {1}), 0);
  EXPECT_EQ(excess(ConstraintKind::KeepsOff, {0, 1}, {1, 2}), 1);
  EXPECT_EQ(excess(ConstraintKind::Uses, {}, {1, 2}), 0);
  EXPECT_EQ(excess(ConstraintKind::Uses, {}, {1}), 1);
  EXPECT_EQ(excess(ConstraintKind::UsesFew, {}, {1}), 0);  // a relay runs nothing
  EXPECT_EQ(excess(ConstraintKind::UsesFew, {}, {0, 2}), 1);
  EXPECT_EQ(excess(ConstraintKind::Avoids, {}, {1}), 1);
  EXPECT_EQ(excess(ConstraintKind::Private, {}, {0}), 0);
  EXPECT_EQ(excess(ConstraintKind::Private, {1}, {0}), 1);
  EXPECT_EQ(excess(ConstraintKind::Private, {1}, {0, 2}), 0);
}

TEST(Excess, PrivacyGuardsTheInputAndAllThatBlocksBeforeMake) {
  Problem problem = three_targets();
  problem.tensors.push_back({"a.second", 0, {2}, problem.tensors[1].encodings});
  problem.constraints = {{ConstraintKind::Private, "", {1}, {0}}};
  EXPECT_EQ(excess_of(problem, price_of(problem, {0, 1}, {0, 0, 1}), 0), 1);
  problem.constraints[0].blocks = {0};
  EXPECT_EQ(excess_of(problem, price_of(problem, {0, 1}, {0, 0, 1}), 0), 0);
  problem.tensors[0].consumers = {0, 2};
  EXPECT_EQ(excess_of(problem, price_of(problem, {0, 1}, {0, 0, 1}), 0), 1);
}

TEST(Price, RefusesARouteThatVisitsATargetTwice) {
  Problem problem = three_targets();
  problem.links.push_back({2, 1, 1, 8, 8});
  EXPECT_THROW((void)price(problem, {0, {0, 1, 2, 1}, {0, 1, 3}, {}}), base::Error);
}

TEST(Feasible, HoldsEachTargetToItsMemory) {
  Problem problem = three_targets();
  problem.targets[0].memory_limit_bytes = 300;
  EXPECT_TRUE(is_feasible(problem, price_of(problem, {0, 1}, {0, 0, 1})));
  EXPECT_FALSE(is_feasible(problem, price_of(problem, {0}, {0, 0, 0})));
}

TEST(Plan, SummaryNamesTargetsLayersAndPolicy) {
  Problem problem = three_targets();
  EXPECT_EQ(price_of(problem, {0, 1, 2}, {0, 2, 2}).summary(), "device 0–2 → (edge) → cloud 3–8");
  EXPECT_EQ(price_of(problem, {0, 2}, {1, 1, 1}).summary(), "all on cloud");
  problem.tensors[2].producer = 0;
  EXPECT_EQ(price_of(problem, {0, 1}, {0, 1, 0}).summary(), "device 0–2, 6–8 → edge 3–5");
  EXPECT_EQ(price_of(with_half_exiting(), {0}, {0, 0, 0}).summary(), "all on device · exit early ≥ 0.90, final");
}

}  // namespace
}  // namespace tandem::plan
