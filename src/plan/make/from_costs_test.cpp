#include "plan/make/from_costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;

// Layers: a; b and c read it; d joins both. The input `x` is read by a and d.
class FromCosts : public testing::Test {
 protected:
  FromCosts() {
    const base::TensorType type{base::ElementType::Float32, {1, 25}};
    const auto tensor = [&](const std::string& name, std::size_t producer, std::vector<std::size_t> consumers) {
      return model::TensorInfo{name, type, 100, producer, std::move(consumers), false};
    };
    graph_.layers = {{"a", "Conv", {0}, {1}, 0, 10, 100},
                     {"b", "Relu", {1}, {2}, 0, 0, 100},
                     {"c", "Conv", {1}, {3}, 0, 5, 100},
                     {"d", "Sum", {0, 2, 3}, {4}, 0, 0, 100}};
    graph_.tensors = {tensor("x", model::kNoLayer, {0, 3}), tensor("a", 0, {1, 2}), tensor("b", 1, {3}),
                      tensor("c", 2, {3}), tensor("d", 3, {})};
    graph_.inputs = {0};
    graph_.answers = {4};
    graph_.parameters = 15;
    fleet_.targets = {{"phone", fleet::Tier::Device, fleet::kHere}, {"rack", fleet::Tier::Cloud, "rack:1"}};
    models_ = {costs("phone", {8, 4, 2, 1}), costs("rack", {1, 1, 1, 1})};
  }

  static cost::ModelCosts costs(const std::string& target, std::vector<double> layer_ms) {
    cost::ModelCosts made;
    made.identity.target = target;
    made.stage_overhead_ms = 0.5;
    made.ends_kernel.assign(layer_ms.size(), true);
    made.layer_ms = std::move(layer_ms);
    return made;
  }
  Problem make() const { return make_problem(graph_, fleet_, models_, {{"phone", "rack", {10}, {}, {80}, {40}}}); }

  model::Graph graph_;
  fleet::Fleet fleet_;
  std::vector<cost::ModelCosts> models_;
};

TEST_F(FromCosts, MakesTheExactGraphOfTheLayers) {
  const Problem problem = make();
  ASSERT_EQ(problem.blocks.size(), 4u);
  EXPECT_EQ(problem.blocks[2].name, "c");
  EXPECT_EQ(problem.blocks[0].memory_bytes, 40);
  ASSERT_EQ(problem.tensors.size(), 4u) << "nobody reads d";
  EXPECT_EQ(problem.tensors[0].producer, kNone);
  EXPECT_THAT(problem.tensors[0].consumers, ElementsAre(0u, 3u));
  EXPECT_EQ(problem.tensors[1].producer, 0u);
  EXPECT_THAT(problem.tensors[1].consumers, ElementsAre(1u, 2u));
  ASSERT_EQ(problem.tensors[1].encodings.size(), 1u);
  EXPECT_EQ(problem.tensors[1].encodings[0].codec, "raw");
  EXPECT_EQ(problem.tensors[1].encodings[0].bytes, 100);
  EXPECT_EQ(problem.answer_bytes, 100 + 100) << "a reply's header, and the answer";
  EXPECT_GT(problem.header_bytes, 0);
}

TEST_F(FromCosts, SharesThePeakEvenlyWhereThereAreNoWeights) {
  graph_.parameters = 0;
  models_[0].peak_bytes = 4'000;
  for (const auto& block : make().blocks) EXPECT_EQ(block.memory_bytes, 1'000);
}

TEST_F(FromCosts, KeepsLayersTogetherThatAnyEngineFuses) {
  models_[1].ends_kernel = {false, true, true, false};
  const Problem problem = make();
  ASSERT_EQ(problem.blocks.size(), 3u);
  EXPECT_EQ(problem.blocks[0].name, "a");
  EXPECT_EQ(problem.blocks[0].last, 2u);
  EXPECT_THAT(problem.targets[0].block_ms, ElementsAre(12, 2, 1));
  const auto a = std::ranges::find(problem.tensors, "a", &Tensor::name);
  EXPECT_THAT(a->consumers, ElementsAre(1u)) << "b reads it in the block that makes it";
}

TEST_F(FromCosts, ChargesNothingForAFurtherPartOfAStage) {
  models_[0].stage_overhead_ms = 0.5;
  EXPECT_EQ(make().targets[0].stage_overhead_ms, 0.5);
  EXPECT_EQ(make().targets[0].exit_ms, 0);
}

TEST_F(FromCosts, CannotSendTensorsWithoutASize) {
  graph_.tensors[2].type.element = base::ElementType::Undefined;
  EXPECT_TRUE(make().tensors[2].encodings.empty());
}

TEST_F(FromCosts, TakesLimitsAndPowerFromTheFleet) {
  fleet_.targets[0].memory_limit_bytes = 1e6;
  fleet_.targets[0].compute_watts = 3;
  fleet_.targets[0].send_watts = 2;
  fleet_.targets[0].receive_watts = 1;
  fleet_.targets[0].price_per_hour = 0.5;
  fleet_.targets[0].replicas = 2;
  const Problem problem = make();
  EXPECT_EQ(problem.targets[0].memory_limit_bytes, 1e6);
  EXPECT_EQ(problem.targets[0].compute_watts, 3);
  EXPECT_EQ(problem.targets[0].send_watts, 2);
  EXPECT_EQ(problem.targets[0].receive_watts, 1);
  EXPECT_EQ(problem.targets[0].price_per_hour, 0.5);
  EXPECT_EQ(problem.targets[0].replicas, 2u);
  EXPECT_EQ(problem.targets[1].memory_limit_bytes, kUnlimited);
}

TEST_F(FromCosts, TakesTiersTargetsAndLinksAsTheyAre) {
  const Problem problem = make();
  EXPECT_THAT(problem.tiers, ElementsAre("device", "edge", "cloud"));
  ASSERT_EQ(problem.targets.size(), 2u);
  EXPECT_EQ(problem.targets[1].tier, 2u);
  EXPECT_EQ(problem.targets[1].stage_overhead_ms, 0.5);
  ASSERT_EQ(problem.links.size(), 1u);
  EXPECT_EQ(problem.links[0].to, 1u);
  EXPECT_EQ(problem.links[0].upload_mbps, 80);
}

TEST_F(FromCosts, ChargesTheChangeOfLayoutOfTensorsHandedOn) {
  models_[0].send_ms_per_mb = 2e3;
  models_[1].receive_ms_per_mb = 3e3;
  const Problem problem = make();
  EXPECT_THAT(problem.tensors[1].encodings[0].encode_ms, ElementsAre(0.2, 0));
  EXPECT_THAT(problem.tensors[1].encodings[0].decode_ms, ElementsAre(0, 0.3));
  EXPECT_THAT(problem.tensors[0].encodings[0].decode_ms, ElementsAre(0, 0)) << "the input comes as it is";
}

TEST_F(FromCosts, DividesThePeakOfTheWholeModel) {
  models_[1].peak_bytes = 150;
  EXPECT_EQ(make().blocks[0].memory_bytes, 100);
}

TEST_F(FromCosts, LeavesOutTargetsWithoutAProfile) {
  models_.pop_back();
  const Problem problem = make();
  EXPECT_EQ(problem.targets.size(), 1u);
  EXPECT_TRUE(problem.links.empty());
}

TEST_F(FromCosts, RefusesCostsOfAnotherModelAndAFirstTargetWithoutAny) {
  models_.erase(models_.begin());
  EXPECT_THROW(make(), base::Error);
  models_ = {costs("phone", {1, 2})};
  EXPECT_THROW(make(), base::Error);
}

// b is an exit now, with nothing behind it.
class FromCostsWithExits : public FromCosts {
 protected:
  FromCostsWithExits() {
    graph_.tensors[2].consumers.clear();
    graph_.tensors[2].is_answer = graph_.tensors[4].is_answer = true;
    graph_.layers[3].inputs = {0, 3};
    graph_.answers = {2, 4};
  }
  Problem make() const {
    return make_problem(graph_, fleet_, models_, {{"phone", "rack", {10}, {}, {80}, {40}}}, {"b", "d"});
  }
};

TEST_F(FromCostsWithExits, EndsABlockAtEachExit) {
  models_[1].ends_kernel = {true, false, true, false};
  const Problem problem = make();
  ASSERT_EQ(problem.blocks.size(), 4u);
  ASSERT_EQ(problem.exits.size(), 2u);
  EXPECT_EQ(problem.exits[0].block, 1u);
  EXPECT_EQ(problem.exits[1].block, 3u);
  EXPECT_EQ(problem.answer_bytes, 100 + 100) << "one of the two";
}

TEST_F(FromCostsWithExits, RefusesAnExitThatIsNoAnswer) {
  EXPECT_THROW(make_problem(graph_, fleet_, models_, {}, {"a", "d"}), base::Error);
}

}  // namespace
}  // namespace tandem::plan
