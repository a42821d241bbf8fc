#include "plan/make/encodings.h"
#include "plan/problem/accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/ask/trade.h"
#include "plan/make/from_costs.h"
#include "plan/problem/problem_check.h"
#include "plan/problem/test_problems.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;

// Layers a, b and c in a chain. The input has 100 KB, a's output 200 KB, b's 100 KB. The phone is ten times slower than
// the rack, and the link between them carries 1 KB a millisecond.
class Encodings : public testing::Test {
 protected:
  Encodings() {
    const auto tensor = [&](const std::string& name, std::int64_t elements, std::size_t producer,
                            std::vector<std::size_t> consumers) {
      const base::TensorType type{base::ElementType::Float32, {1, elements}};
      const auto bytes = static_cast<std::size_t>(4 * elements);
      return model::TensorInfo{name, type, bytes, producer, std::move(consumers), false};
    };
    graph_.layers = {
        {"a", "Conv", {0}, {1}, 0, 10, 100}, {"b", "Conv", {1}, {2}, 0, 10, 100}, {"c", "Conv", {2}, {3}, 0, 10, 100}};
    graph_.tensors = {tensor("x", 25'000, model::kNoLayer, {0}), tensor("a", 50'000, 0, {1}),
                      tensor("b", 25'000, 1, {2}), tensor("c", 10, 2, {})};
    graph_.inputs = {0};
    graph_.answers = {3};
    fleet_.targets = {{"phone", fleet::Tier::Device, fleet::kHere}, {"rack", fleet::Tier::Cloud, "rack:1"}};
    models_ = {costs("phone", {10, 10, 30}), costs("rack", {1, 1, 3})};
  }

  static cost::ModelCosts costs(const std::string& target, std::vector<double> layer_ms) {
    cost::ModelCosts made;
    made.identity.target = target;
    made.ends_kernel.assign(layer_ms.size(), true);
    for (const double each : layer_ms) made.whole_ms += each;
    made.layer_ms = std::move(layer_ms);
    return made;
  }

  void add_rate(const std::string& tensor, const std::string& codec, double bytes, double loss_points) {
    cost::CodecRate rate;
    rate.tensor = tensor;
    rate.codec = codec;
    rate.bytes = bytes;
    rate.losses = {{"c", loss_points}};
    codecs_.rates.push_back(rate);
  }
  void add_time(const std::string& target, const std::string& tensor, const std::string& codec, double encode_ms,
                double decode_ms) {
    codecs_.times.push_back({{"", target, "", ""}, tensor, codec, encode_ms, decode_ms});
  }
  void add(const std::string& tensor, const std::string& codec, double bytes, double loss_points) {
    add_rate(tensor, codec, bytes, loss_points);
    add_time("phone", tensor, codec, 1, 2);
    add_time("rack", tensor, codec, 0.1, 0.2);
  }

  Problem make() const {
    Problem problem = make_problem(graph_, fleet_, models_, {{"phone", "rack", {1}, {}, {8}, {8}}}, {}, codecs_);
    check(problem, "test");
    return problem;
  }
  std::vector<std::string> codecs_of(const std::string& tensor) const {
    const Problem problem = make();
    std::vector<std::string> names;
    for (const auto& each : std::ranges::find(problem.tensors, tensor, &Tensor::name)->encodings)
      names.push_back(each.codec);
    return names;
  }

  model::Graph graph_;
  fleet::Fleet fleet_;
  std::vector<cost::ModelCosts> models_;
  Codecs codecs_;
};

TEST_F(Encodings, AreRawAndTheCodecsMeasuredOnTheTensor) {
  add("b", "klevel k=3", 2'000, 0.5);
  add("x", "png", 50'000, 0);
  EXPECT_THAT(codecs_of("b"), ElementsAre("raw", "klevel k=3"));
  EXPECT_THAT(codecs_of("x"), ElementsAre("raw", "png"));
  EXPECT_THAT(codecs_of("a"), ElementsAre("raw"));
}

TEST_F(Encodings, CostBytesLossAndTimeBesidesHandingTheTensorOn) {
  models_[0].send_ms_per_mb = 10;
  add("b", "klevel k=3", 2'000, 0.5);
  const Encoding encoding = make().tensors[2].encodings.at(1);
  EXPECT_EQ(encoding.bytes, 2'000);
  EXPECT_EQ(encoding.accuracy_loss, 0.5);
  EXPECT_THAT(encoding.encode_ms, ElementsAre(1 + 1, 0.1));
  EXPECT_THAT(encoding.decode_ms, ElementsAre(2, 0.2));
}

TEST_F(Encodings, ScaleWithTheModelsTimeWhereTheyWereNotTimed) {
  add_rate("b", "klevel k=3", 2'000, 0.5);
  add_time("rack", "b", "klevel k=3", 0.25, 0.5);
  add_time("moon", "b", "klevel k=3", 9, 9);
  const Encoding encoding = make().tensors[2].encodings.at(1);
  EXPECT_THAT(encoding.encode_ms, ElementsAre(2.5, 0.25));
  EXPECT_THAT(encoding.decode_ms, ElementsAre(5, 0.5));
}

TEST_F(Encodings, ArePredictedFromTheTargetOfTheMostSimilarSpeed) {
  fleet_.targets.push_back({"server", fleet::Tier::Cloud, "server:1"});
  models_.push_back(costs("server", {2, 2, 6}));
  add_rate("b", "klevel k=3", 2'000, 0.5);
  add_time("phone", "b", "klevel k=3", 100, 100);
  add_time("rack", "b", "klevel k=3", 0.25, 0.5);
  EXPECT_THAT(make().tensors[2].encodings.at(1).encode_ms, ElementsAre(100, 0.25, 0.5));
}

TEST_F(Encodings, WithoutTimesOrNoSmallerThanRawAreLeftOut) {
  add_rate("b", "fp16", 50'000, 0);
  add_time("moon", "b", "fp16", 1, 1);
  add("b", "zstd", 100'000, 0);
  EXPECT_THAT(codecs_of("b"), ElementsAre("raw"));
}

TEST_F(Encodings, BeatenInEverythingAreLeftOut) {
  add("b", "jalad bits=3", 5'000, 0.5);
  add("b", "klevel k=3", 2'000, 0.5);
  add("b", "klevel k=5", 3'000, 0.25);
  EXPECT_THAT(codecs_of("b"), ElementsAre("raw", "klevel k=3", "klevel k=5"));
}

TEST_F(Encodings, AreTheLeastAlikeIfThereAreTooMany) {
  for (int i = 1; i <= 60; ++i) add("b", "near " + std::to_string(i), 30'000 + i, 0.5 - i * 1e-4);
  add("b", "far", 500, 5);
  add("b", "lossless", 60'000, 0);
  const auto codecs = codecs_of("b");
  EXPECT_EQ(codecs.size(), kMostEncodings);
  EXPECT_EQ(codecs.front(), "raw");
  EXPECT_EQ(std::ranges::count(codecs, "far"), 1);
  EXPECT_EQ(std::ranges::count(codecs, "lossless"), 1);
}

TEST_F(Encodings, TakeTheNewestMeasurement) {
  add("b", "klevel k=3", 2'000, 0.5);
  add_rate("b", "klevel k=3", 3'000, 0.25);
  codecs_.rates.back().measured_at_s = 10;
  codecs_.rates.back().data = "another";
  EXPECT_EQ(make().tensors[2].encodings.at(1).bytes, 3'000);
}

TEST_F(Encodings, AreLosslessWhenNoLossIsAllowed) {
  add("b", "klevel k=3", 1'000, 0.5);
  add("b", "zstd", 10'000, 0);
  const Plan plan = solve(with_accuracy_loss(make(), 0)).plans.at(0);
  EXPECT_EQ(plan.summary(), "phone 0–1 → rack 2");
  EXPECT_EQ(plan.stages[0].sent[0].codec, "zstd");
  EXPECT_EQ(plan.accuracy, 100);
}

TEST_F(Encodings, WithLossMakeASplitWin) {
  EXPECT_TRUE(solve(make()).plans.at(0).is_native());
  add("b", "klevel k=3", 1'000, 0.5);
  EXPECT_TRUE(solve(with_accuracy_loss(make(), 0.25)).plans.at(0).is_native());
  const Plan plan = solve(with_accuracy_loss(make(), 0.5)).plans.at(0);
  EXPECT_EQ(plan.summary(), "phone 0–1 → rack 2");
  EXPECT_EQ(plan.stages[0].sent[0].codec, "klevel k=3");
  EXPECT_EQ(plan.accuracy, 99.5);
}

TEST_F(Encodings, CanBeLimited) {
  add("b", "klevel k=3", 1'000, 0.5);
  add("b", "zstd", 10'000, 0);
  Problem problem = make();
  keep_encodings(problem, [](const Encoding& each) { return each.accuracy_loss == 0; });
  ASSERT_EQ(problem.tensors[2].encodings.size(), 2u);
  EXPECT_EQ(problem.tensors[2].encodings[1].codec, "zstd");
}

TEST(CountsAccuracy, WhereTheObjectiveOrAConstraintDoes) {
  Problem problem = three_targets();
  problem.constraints = {at_most(Metric::Latency, 5)};
  EXPECT_FALSE(counts_accuracy(problem));
  problem.constraints = {at_most(Metric::Error, 5)};
  EXPECT_TRUE(counts_accuracy(problem));
  problem.constraints.clear();
  problem.objective.kind = ObjectiveKind::Accuracy;
  EXPECT_TRUE(counts_accuracy(problem));
  problem.objective = {ObjectiveKind::Weighted, {}, 1, 0, 0, 2};
  EXPECT_TRUE(counts_accuracy(problem));
}

TEST(SpareAccuracy, RemovesLossyEncodingsUnlessAccuracyCounts) {
  Problem problem = three_targets();
  problem.tensors[0].encodings.push_back({"jpeg", 10'000, 1, {}, {}});
  problem.tensors[0].encodings.push_back({"png", 50'000, 0, {}, {}});
  Problem counting = with_accuracy_loss(problem, 2);
  spare_accuracy(problem);
  ASSERT_EQ(problem.tensors[0].encodings.size(), 2u);
  EXPECT_EQ(problem.tensors[0].encodings[1].codec, "png");
  spare_accuracy(counting);
  EXPECT_EQ(counting.tensors[0].encodings.size(), 3u);
}

TEST(ReferenceAccuracy, IsThatOfTheMostAccuratePolicy) {
  Problem problem = with_early_exit();
  EXPECT_EQ(reference_accuracy(problem), 100);
  problem.policies = {{"early", {{0, 1, 0}}, 80}, {"final", {{1, 1, 0}}, 91.5}};
  EXPECT_EQ(reference_accuracy(problem), 91.5);
}

}  // namespace
}  // namespace tandem::plan
