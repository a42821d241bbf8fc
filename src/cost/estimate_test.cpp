#include "cost/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/statistics.h"
#include "cost/test_costs.h"
#include "cost/test_graphs.h"

namespace tandem::cost {
namespace {

using base::ErrorKind;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;

constexpr double kTensorBytes = 4.0 * 32 * 10 * 10;

// Four convolutions in a row. The tensor after the second one is tiny.
model::Graph chain() {
  TestGraph test;
  test.layer("Conv", "a", {"input"})
      .layer("Conv", "b", {"a"}, {1, 1, 1, 1})
      .layer("Conv", "c", {"b"})
      .layer("Conv", "d", {"c"});
  return test.graph;
}

Examination kernels(const std::vector<double>& layer_ms) {
  Examination examination{some_identity(), 1000, layer_ms.size()};
  for (std::size_t layer = 0; layer < layer_ms.size(); ++layer)
    examination.kernels.push_back({"kernel", "Conv", layer_ms[layer], {layer}});
  return examination;
}

StageTime timed(std::vector<LayerRange> ranges, std::vector<double> samples_ms) {
  return {some_identity(), std::move(ranges), std::move(samples_ms), 1001};
}

StageTime steady(const LayerRange& range, double ms) {
  return timed({range}, std::vector<double>(12, ms));
}

double sum(const std::vector<double>& values, std::size_t first, std::size_t last) {
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(first),
                         values.begin() + static_cast<std::ptrdiff_t>(last), 0.0);
}

base::Error error_of(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages) {
  try {
    estimate(graph, examination, stages);
  } catch (const base::Error& error) {
    return error;
  }
  return {ErrorKind::Internal, "no error"};
}

TEST(Estimate, AddsUpToTheWhole) {
  const auto whole = timed({{0, 4}}, {41.5, 40.25, 40, 40.5, 44, 39, 40.75});
  const auto costs =
      estimate(chain(), kernels({7, 8, 9, 10}), {whole, steady({0, 2}, 18), steady({2, 3}, 11), steady({3, 4}, 14)});
  EXPECT_NEAR(costs.whole_ms, base::interquartile_mean(whole.samples_ms), 0.5);
  EXPECT_NEAR(sum(costs.layer_ms, 0, 4) + costs.stage_overhead_ms, costs.whole_ms, 1e-9);
  EXPECT_NEAR(predict_stage_ms(chain(), costs, whole.ranges), costs.whole_ms, 1e-9);
  EXPECT_LT(costs.whole_low_ms, costs.whole_ms);
  EXPECT_GT(costs.whole_high_ms, costs.whole_ms);
}

TEST(Estimate, SharesTheWholeByTheKernelsWhenNoStageWasTimed) {
  const auto costs = estimate(chain(), kernels({1, 2, 3, 4}), {steady({0, 4}, 40)});
  EXPECT_THAT(costs.layer_ms, testing::Pointwise(testing::DoubleNear(1e-9), {4.0, 8.0, 12.0, 16.0}));
  EXPECT_EQ(costs.stage_overhead_ms, 0);
  EXPECT_FALSE(costs.is_predicted);
}

TEST(Estimate, MovesTimeToTheLayersOfASlowStage) {
  const std::vector<LayerRange> stage{{0, 2}};
  const auto costs = estimate(chain(), kernels({10, 10, 10, 10}), {steady(stage[0], 22), steady({0, 4}, 40)});
  EXPECT_GT(costs.layer_ms[0], 10.5);
  EXPECT_GT(costs.layer_ms[1], 10.5);
  EXPECT_LT(costs.layer_ms[2], 9.5);
  EXPECT_LT(costs.layer_ms[3], 9.5);
  EXPECT_NEAR(predict_stage_ms(chain(), costs, stage), 22, 0.22);
}

TEST(Estimate, TakesTheExcessOfThePartsOverTheWholeForOverhead) {
  const auto costs =
      estimate(chain(), kernels({10, 10, 10, 10}), {steady({0, 2}, 21), steady({0, 4}, 40), steady({2, 4}, 21)});
  EXPECT_GT(costs.stage_overhead_ms, 0.5);
  EXPECT_NEAR(predict_stage_ms(chain(), costs, {{0, 2}, {2, 4}}), 42, 0.42);
}

TEST(Estimate, NeverGivesACutANegativeCost) {
  const auto costs =
      estimate(chain(), kernels({10, 10, 10, 10}),
               {steady({0, 1}, 7), steady({0, 4}, 40), steady({1, 2}, 7), steady({2, 3}, 7), steady({3, 4}, 7)});
  EXPECT_GE(costs.stage_overhead_ms, 0);
  EXPECT_GE(costs.receive_ms_per_mb, 0);
  EXPECT_GE(costs.send_ms_per_mb, 0);
  EXPECT_THAT(costs.layer_ms, Each(Ge(0)));
  EXPECT_NEAR(sum(costs.layer_ms, 0, 4) + costs.stage_overhead_ms, costs.whole_ms, 1e-9);
}

TEST(Estimate, TrustsManyRunsOfThePartsMoreThanFewOfTheWhole) {
  const auto whole = timed({{0, 4}}, {40, 52, 41, 53, 40, 52});
  const auto costs = estimate(chain(), kernels({10, 10, 10, 10}), {steady({0, 2}, 20), whole, steady({2, 4}, 20)});
  EXPECT_NEAR(costs.whole_ms, 40, 1.5);
}

// Many runs of the parts, few of the whole: but what was measured is what is predicted.
TEST(Estimate, PredictsTheWholeInsideItsOwnInterval) {
  const auto whole = timed({{0, 4}}, {69.4, 70, 70.5, 71, 71.5, 72.2});
  const std::vector stages{steady({0, 2}, 30), whole, steady({2, 4}, 30)};
  const auto costs = estimate(chain(), kernels({10, 10, 10, 10}), stages);
  EXPECT_GE(costs.whole_ms, 69.4 * 0.997);
  EXPECT_LE(costs.whole_ms, 72.2);
}

TEST(Estimate, PredictsAStageThatWasTimedInsideItsOwnInterval) {
  const std::vector<LayerRange> stage{{0, 3}};
  const auto costs = estimate(
      chain(), kernels({10, 10, 10, 10}),
      {steady({0, 2}, 20), timed(stage, {33, 33.1, 33.2, 33.3, 33.4, 33.5}), steady({0, 4}, 40), steady({2, 4}, 20)});
  EXPECT_GE(predict_stage_ms(chain(), costs, stage), 33 * 0.997);
  EXPECT_LE(predict_stage_ms(chain(), costs, stage), 33.5 * 1.003);
}

TEST(Estimate, CountsTimesThatContradictEachOther) {
  const std::vector agreeing{steady({0, 2}, 20), steady({0, 4}, 40), steady({2, 4}, 21)};
  EXPECT_EQ(count_contradictions(chain(), estimate(chain(), kernels({10, 10, 10, 10}), agreeing), agreeing), 0u);
  const std::vector contradicting{steady({0, 2}, 10), steady({0, 4}, 40), steady({2, 4}, 10)};
  EXPECT_GT(count_contradictions(chain(), estimate(chain(), kernels({10, 10, 10, 10}), contradicting), contradicting),
            0u);
}

TEST(Estimate, SeparatesHandingOnFromComputing) {
  const auto costs = estimate(chain(), kernels({10, 10, 10, 10}),
                              {steady({0, 1}, 13), steady({0, 2}, 20), steady({0, 4}, 40), steady({1, 2}, 13),
                               steady({2, 3}, 13), steady({2, 4}, 20), steady({3, 4}, 13)});
  EXPECT_NEAR(predict_stage_ms(chain(), costs, {{0, 1}}), 13, 0.2);
  EXPECT_NEAR(predict_stage_ms(chain(), costs, {{0, 2}}), 20, 0.2);
  EXPECT_GT(costs.send_ms_per_mb * kTensorBytes / 1e6, 2);
  EXPECT_GT(costs.receive_ms_per_mb * kTensorBytes / 1e6, 2);
}

TEST(Estimate, ReportsTimeOfNoLayerAndSpreadsIt) {
  auto examination = kernels({10, 10, 10, 10});
  examination.kernels.push_back({"reorder", "ReorderOutput", 2.5});
  const auto costs = estimate(chain(), examination, {steady({0, 4}, 50)});
  EXPECT_EQ(costs.unattributed_ms, 2.5);
  EXPECT_THAT(costs.layer_ms, Each(testing::DoubleNear(12.5, 1e-9)));
}

TEST(Estimate, CutsNoKernel) {
  auto examination = kernels({10, 10});
  examination.layer_count = 4;
  examination.kernels[0].layers = {0, 2};
  examination.kernels[1].layers = {3};
  const auto costs = estimate(chain(), examination, {steady({0, 4}, 20)});
  EXPECT_THAT(costs.ends_kernel, ElementsAre(false, false, true, true));
}

TEST(Estimate, StaysFiniteWhenAllTimesAreZero) {
  const auto costs = estimate(chain(), kernels({0, 0, 0, 0}), {steady({0, 2}, 0), steady({0, 4}, 0)});
  EXPECT_THAT(costs.layer_ms, Each(0));
  EXPECT_EQ(costs.stage_overhead_ms, 0);
}

TEST(Estimate, RefusesAProfileOfOtherLayers) {
  const auto error = error_of(chain(), kernels({1, 2, 3}), {steady({0, 3}, 6)});
  EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
  EXPECT_THAT(error.message(), HasSubstr("'edge' has 3 layers, the model has 4"));
}

TEST(Estimate, RefusesStagesBeyondTheModel) {
  const auto error = error_of(chain(), kernels({1, 1, 1, 1}), {steady({0, 4}, 4), steady({2, 5}, 2)});
  EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
}

TEST(Estimate, NeedsTheWhole) {
  const auto error = error_of(chain(), kernels({1, 2, 3, 4}), {steady({0, 2}, 3), steady({2, 4}, 7)});
  EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  EXPECT_THAT(error.message(), HasSubstr("not timed on 'edge'"));
}

// The input feeds a and d, a feeds b and c, and d, the answer, is read by e.
model::Graph branching() {
  TestGraph test;
  test.layer("Conv", "a", {"input"})
      .layer("Conv", "b", {"a"})
      .layer("Conv", "c", {"a", "b"})
      .layer("Add", "d", {"c", "input"})
      .layer("Conv", "e", {"d"});
  test.graph.tensors[test.graph.layers[3].outputs[0]].is_answer = true;
  return test.graph;
}

TEST(Handed, CountsATensorOnceHoweverManyReadIt) {
  const auto bytes = handed(branching(), {{1, 3}});
  EXPECT_EQ(bytes.received_bytes, kTensorBytes);
  EXPECT_EQ(bytes.sent_bytes, kTensorBytes);
}

TEST(Handed, LeavesOutTheModelsOwnInputsAndAnswers) {
  const auto whole = handed(branching(), {{0, 5}});
  EXPECT_EQ(whole.received_bytes + whole.sent_bytes, 0);
  const auto last = handed(branching(), {{4, 5}});
  EXPECT_EQ(last.received_bytes, kTensorBytes);
  EXPECT_EQ(last.sent_bytes, 0);
}

TEST(Handed, TakesSeveralRangesAsOne) {
  const auto bytes = handed(branching(), {{0, 1}, {2, 4}});
  EXPECT_EQ(bytes.received_bytes, kTensorBytes);  // b
  EXPECT_EQ(bytes.sent_bytes, 2 * kTensorBytes);  // a to b, and d to e; c stays inside
}

TEST(Timing, DescribesTheSamples) {
  std::vector<double> samples(100);
  std::iota(samples.begin(), samples.end(), 1);
  const auto timing = timing_of(timed({{0, 4}}, samples));
  EXPECT_EQ(timing.median_ms, 50.5);
  EXPECT_EQ(timing.low_ms, 41);
  EXPECT_EQ(timing.high_ms, 61);
  EXPECT_NEAR(timing.p95_ms, 95.05, 1e-9);
  EXPECT_NEAR(timing.p99_ms, 99.01, 1e-9);
}

// `count` samples around 10 ms; every `nth` takes half as long again.
std::vector<double> with_outliers(int count, int nth) {
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) samples.push_back((i % nth == nth / 2 ? 15 : 10) + 0.1 * (i % 3));
  return samples;
}

TEST(Timing, CallsADriftAndManyOutliersNoise) {
  std::vector<double> drifting(12, 10);
  std::fill(drifting.begin() + 6, drifting.end(), 10.75);
  EXPECT_TRUE(timing_of(timed({{0, 4}}, drifting)).is_noisy);
  EXPECT_TRUE(timing_of(timed({{0, 4}}, with_outliers(40, 5))).is_noisy);
}

TEST(Timing, CallsSteadySamplesAndASingleOutlierNoNoise) {
  EXPECT_FALSE(timing_of(timed({{0, 4}}, with_outliers(40, 1000))).is_noisy);
  EXPECT_FALSE(timing_of(timed({{0, 4}}, with_outliers(40, 40))).is_noisy);
  EXPECT_FALSE(timing_of(timed({{0, 4}}, {10, 20})).is_noisy);  // too few to tell
}

}  // namespace
}  // namespace tandem::cost
