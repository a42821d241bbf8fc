#include "deploy/levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"
#include "deploy/lower.h"
#include "deploy/test_cluster.h"
#include "model/builder.h"

namespace tandem::deploy {
namespace {

using model::LayerRange;
using testing::ElementsAre;

using Parts = std::vector<PartLayers>;

const base::TensorType kType{base::ElementType::Float32, {1, 4}};

// Layers: 0 far, of the deepest output alone; 1 a; 2 early, an exit; 3 c; 4 later, another exit; 5 last.
model::Model model_with_a_layer_before_its_level() {
  model::GraphBuilder builder("levels");
  builder.input("x", kType);
  builder.input("side", kType);
  builder.node("Tanh", {"side"}, {}, "far");
  builder.node("Tanh", {"x"}, {}, "a");
  builder.node("Softmax", {"a"}, {}, "early");
  builder.node("Tanh", {"a"}, {}, "c");
  builder.node("Softmax", {"c"}, {}, "later");
  builder.node("Add", {"c", "far"}, {}, "last");
  for (const char* name : {"early", "later", "last"}) builder.output(name, kType);
  model::TypeByTensor types;
  for (const char* name : {"far", "a", "early", "c", "later", "last"}) types[name] = kType;
  return model::Model(model::Source::from_part(builder.finish(), "levels"), types);
}

constexpr std::size_t kAll = 6;

plan::Plan with_exits(std::vector<plan::Stage> stages) {
  plan::Plan plan{std::move(stages)};
  plan.policy = "by the test";
  plan.exits = {{"early", 0.4}, {"later", 0.3}, {"last", 0.3}};
  plan.confidence = "softmax";
  return plan;
}

class Levels : public testing::Test {
 protected:
  const model::Graph& graph() const { return model_.graph(); }
  Parts ranges_of(const plan::Plan& plan, std::size_t index = 0) const {
    Parts ranges;
    for (const auto& share : shares_in_order(graph(), plan, plan.stages.at(index))) ranges.push_back(share.ranges);
    return ranges;
  }
  const model::Model model_ = model_with_a_layer_before_its_level();
};

TEST_F(Levels, AreOfAModelThatHasTheLayerFirst) {
  EXPECT_EQ(graph().tensors[graph().layers[0].outputs.at(0)].name, "far");
  EXPECT_EQ(layer_of_exit(graph(), "early"), 2u);
  EXPECT_EQ(layer_of_exit(graph(), "later"), 4u);
  EXPECT_THROW((void)layer_of_exit(graph(), "a"), base::Error);
}

TEST_F(Levels, HaveAllThatTheirExitsNeedAndNothingElse) {
  EXPECT_THAT(ranges_of(with_exits({stage("device", 0, kAll)})),
              ElementsAre(PartLayers{{1, 3}}, PartLayers{{3, 5}}, PartLayers{{0, 1}, {5, 6}}));
}

TEST_F(Levels, EndAtExitsOfTheStageAlone) {
  const plan::Plan plan = with_exits({stage("device", 0, 3), stage("edge", 3, kAll)});
  EXPECT_THAT(ranges_of(plan, 0), ElementsAre(PartLayers{{1, 3}}, PartLayers{{0, 1}}));
  EXPECT_THAT(ranges_of(plan, 1), ElementsAre(PartLayers{{3, 5}}, PartLayers{{5, 6}}));
}

TEST_F(Levels, AreOneWithoutExits) {
  EXPECT_THAT(ranges_of(plan::Plan{{stage("device", 0, kAll)}}), ElementsAre(PartLayers{{0, kAll}}));
}

TEST_F(Levels, LeaveARelayAlone) {
  const plan::Plan plan = with_exits({stage("device", 0, 0), stage("edge", 0, kAll)});
  const auto lowered = lower(graph(), {plan}).front();
  EXPECT_TRUE(lowered.parts.at(0).empty());
  EXPECT_EQ(lowered.parts.at(1).size(), 3u);
}

TEST_F(Levels, AreThePartsThatExitsAreCheckedAfter) {
  const auto lowered = lower(graph(), {with_exits({stage("device", 0, kAll)})}).front();
  EXPECT_THAT(lowered.parts.at(0), ElementsAre(PartLayers{{1, 3}}, PartLayers{{3, 5}}, PartLayers{{0, 1}, {5, 6}}));
  const auto& exits = lowered.route.hops.at(0).exits;
  ASSERT_EQ(exits.size(), 3u);
  EXPECT_EQ(exits[0].after_parts, 1u);
  EXPECT_EQ(exits[1].after_parts, 2u);
  EXPECT_EQ(exits[2].after_parts, 3u);
}

TEST_F(Levels, ShareTheirLayersWithOtherPlans) {
  const auto lowered = lower(graph(), {with_exits({stage("device", 0, kAll)}), plan::Plan{{stage("device", 0, kAll)}}});
  EXPECT_THAT(lowered[0].parts.at(0),
              ElementsAre(PartLayers{{1, 3}}, PartLayers{{3, 5}}, PartLayers{{0, 1}}, PartLayers{{5, 6}}));
  EXPECT_THAT(lowered[1].parts.at(0),
              ElementsAre(PartLayers{{0, 1}}, PartLayers{{1, 3}}, PartLayers{{3, 5}}, PartLayers{{5, 6}}));
}

// Counts the runs of the part with layer `far`. Outputs are filled with one number: each of the four classes has 0.25.
class LevelsAtWork : public Levels {
 protected:
  LevelsAtWork()
      : cluster_([this](const std::string&) {
          return engine::fake_engine(
              [this](const model::Part& part) { far_runs_ += part.graph.find("far") != std::string::npos ? 1 : 0; });
        }) {}
  // Whether layer `far` ran in a request that stops at the exit whose threshold is 0.
  bool runs_far(std::vector<double> thresholds) {
    plan::Plan plan = with_exits({stage("device", 0, kAll)});
    for (std::size_t i = 0; i < thresholds.size(); ++i) plan.exits[i].threshold = thresholds[i];
    Deployment deployment(model_, *cluster_.targets);
    const Route route = deployment.add({plan}).front();
    const int before = far_runs_;
    const auto value = base::Tensor::of<float>(kType, std::vector<float>(4, 1));
    const auto answer = deployment.run(route, {{"x", value}, {"side", value}});
    EXPECT_TRUE(answer.ok()) << answer.error().message();
    return far_runs_ > before;
  }

  std::atomic<int> far_runs_ = 0;
  Cluster cluster_;
};

TEST_F(LevelsAtWork, RunNothingBeyondTheExitWhereARequestStops) {
  EXPECT_FALSE(runs_far({0, 1, 1})) << "at 'early'";
  EXPECT_FALSE(runs_far({1, 0, 1})) << "at 'later'";
  EXPECT_TRUE(runs_far({1, 1, 0})) << "at 'last'";
}

}  // namespace
}  // namespace tandem::deploy
