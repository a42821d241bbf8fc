#include "deploy/lower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "model/builder.h"
#include "model/model.h"

namespace tandem::deploy {
namespace {

using base::ErrorKind;
using model::LayerRange;
using testing::ElementsAre;
using testing::IsEmpty;

using Parts = std::vector<PartLayers>;

const base::TensorType kType{base::ElementType::Float32, {1, 4}};

// Layers: 0 a, 1 b, 2 early (the first output), 3 c, 4 last (the second). c reads a and b, last reads `side` too. The
// third output, `fixed`, depends on a weight only.
model::Model model_with_exit() {
  model::GraphBuilder builder("exits");
  builder.input("x", kType);
  builder.input("side", kType);
  builder.weight("weight", base::Tensor::of<float>(kType, std::vector<float>(4, 2)));
  builder.node("Tanh", {"x"}, {}, "a");
  builder.node("Tanh", {"a"}, {}, "b");
  builder.node("Softmax", {"b"}, {}, "early");
  builder.node("Add", {"a", "b"}, {}, "c");
  builder.node("Add", {"c", "side"}, {}, "last");
  builder.node("Sqrt", {"weight"}, {}, "fixed");
  for (const char* name : {"early", "last", "fixed"}) builder.output(name, kType);
  model::TypeByTensor types;
  for (const char* name : {"a", "b", "early", "c", "last"}) types[name] = kType;
  return model::Model(model::Source::from_part(builder.finish(), "exits"), types);
}

constexpr std::size_t kLayers = 5;

plan::Stage stage(const std::string& target, std::vector<LayerRange> ranges) {
  plan::Stage made;
  made.target = target;
  made.ranges = std::move(ranges);
  return made;
}

plan::Plan split_at(std::size_t cut) {
  return {{stage("device", {{0, cut}}), stage("edge", {{cut, kLayers}})}};
}

plan::Plan all_on_device() {
  return {{stage("device", {{0, kLayers}})}};
}

plan::Plan with_exits(plan::Plan plan, std::vector<plan::PlanExit> exits) {
  plan.policy = "by the test";
  plan.exits = std::move(exits);
  plan.confidence = "softmax";
  return plan;
}

class Lower : public testing::Test {
 protected:
  LoweredPlan lower_one(const plan::Plan& plan, const CodecDigests& codecs = {}) const {
    return lower(graph(), {plan}, {}, codecs).front();
  }
  const model::Graph& graph() const { return model_.graph(); }
  ErrorKind failure(const plan::Plan& plan) const {
    try {
      lower_one(plan);
      return ErrorKind::Internal;
    } catch (const base::Error& error) {
      return error.kind();
    }
  }

  model::Model model_ = model_with_exit();
};

TEST_F(Lower, MakesOnePartOfAStageThatNoOtherPlanCuts) {
  const auto plan = lower_one(split_at(2));
  EXPECT_THAT(plan.parts, ElementsAre(Parts{{{0, 2}}}, Parts{{{2, kLayers}}}));
  EXPECT_THAT(plan.route.hops.at(0).parts, IsEmpty()) << "digests need the weights";
  EXPECT_EQ(plan.route.hops.at(1).target, "edge");
}

TEST_F(Lower, CutsAStageWhereTheSetOfPlansChanges) {
  const auto plans = lower(graph(), {all_on_device(), split_at(2)});
  EXPECT_THAT(plans.at(0).parts, ElementsAre(Parts{{{0, 2}}, {{2, kLayers}}}));
  EXPECT_THAT(plans.at(1).parts, ElementsAre(Parts{{{0, 2}}}, Parts{{{2, kLayers}}}));
}

TEST_F(Lower, CutsAStageForEarlierPlansToo) {
  const auto plans = lower(graph(), {all_on_device()}, {split_at(1), split_at(3)});
  ASSERT_THAT(plans, testing::SizeIs(1));
  EXPECT_THAT(plans[0].parts, ElementsAre(Parts{{{0, 1}}, {{1, 3}}, {{3, kLayers}}}));
}

TEST_F(Lower, DividesNothingOnOtherTargets) {
  const auto plans = lower(graph(), {split_at(2)}, {{{stage("cloud", {{0, 1}, {3, 4}})}}});
  EXPECT_THAT(plans.at(0).parts, ElementsAre(Parts{{{0, 2}}}, Parts{{{2, kLayers}}}));
}

TEST_F(Lower, KeepsARelayWithoutParts) {
  const auto plan = lower_one({{stage("device", {}), stage("edge", {{0, kLayers}})}});
  EXPECT_THAT(plan.parts, ElementsAre(IsEmpty(), Parts{{{0, kLayers}}}));
  EXPECT_THAT(plan.route.hops.at(0).forwards, ElementsAre("x", "side"));
  EXPECT_THAT(plan.route.hops.at(0).answers, IsEmpty());
}

TEST_F(Lower, ForwardsEverythingThatLaterStagesRead) {
  const auto plan = lower_one({{stage("device", {{0, 1}}), stage("edge", {{1, 3}}), stage("cloud", {{3, kLayers}})}});
  EXPECT_THAT(plan.route.hops.at(0).forwards, ElementsAre("side", "a"));
  EXPECT_THAT(plan.route.hops.at(1).forwards, ElementsAre("side", "a", "b")) << "a and side only pass the edge";
  EXPECT_THAT(plan.route.hops.at(2).forwards, IsEmpty());
}

TEST_F(Lower, AnswersWithTheOutputsThatTheModelsStagesHave) {
  EXPECT_THAT(lower_one(all_on_device()).route.answers, ElementsAre("early", "last", "fixed"));
  for (std::size_t cut = 1; cut < kLayers; ++cut) {
    const auto plan = lower_one(split_at(cut));
    for (std::size_t hop = 0; hop < 2; ++hop) {
      std::vector<std::string> outputs;
      for (const auto& output : model_.extract(plan.parts[hop].at(0)).outputs) {
        if (std::ranges::count(graph().outputs, output.name) > 0) outputs.push_back(output.name);
      }
      EXPECT_EQ(plan.route.hops[hop].answers, outputs) << "cut " << cut << ", hop " << hop;
    }
  }
}

TEST_F(Lower, AnswersConstantOutputsWithTheLastLayerWhereverItRuns) {
  const auto plan = lower_one({{stage("device", {{0, 1}, {4, 5}}), stage("edge", {{1, 4}})}});
  EXPECT_THAT(plan.route.hops.at(0).answers, ElementsAre("last", "fixed"));
  EXPECT_THAT(plan.route.hops.at(1).answers, ElementsAre("early"));
}

TEST_F(Lower, EndsAPartWhereARequestMayStop) {
  const auto plan = lower_one(with_exits(all_on_device(), {{"early", 0.5, 0.9, 2}, {"last", 0.5, 0.7}}));
  EXPECT_THAT(plan.parts, ElementsAre(Parts{{{0, 3}}, {{3, kLayers}}}));
  EXPECT_TRUE(plan.route.stops_at_one);
  EXPECT_THAT(plan.route.hops.at(0).answers, IsEmpty());
  const auto& exits = plan.route.hops[0].exits;
  ASSERT_THAT(exits, testing::SizeIs(2));
  EXPECT_EQ(exits[0].after_parts, 1u);
  EXPECT_EQ(exits[0].tensor, "early");
  EXPECT_EQ(exits[0].threshold, 0.9);
  EXPECT_EQ(exits[0].temperature, 2);
  EXPECT_EQ(exits[0].confidence, "softmax");
  EXPECT_EQ(exits[1].after_parts, 2u);
  EXPECT_EQ(exits[1].threshold, 0) << "the last one always stops";
}

TEST_F(Lower, ChecksAnExitOnTheTargetThatRunsIt) {
  const auto plan = lower_one(with_exits(split_at(1), {{"early", 0.5, 0.9}, {"last", 0.5}}));
  EXPECT_THAT(plan.route.hops.at(0).exits, IsEmpty());
  EXPECT_THAT(plan.route.hops.at(1).exits, testing::SizeIs(2));
  EXPECT_THAT(plan.parts.at(1), ElementsAre(PartLayers{{1, 3}}, PartLayers{{3, kLayers}}));
}

TEST_F(Lower, DividesNothingAtLayersThatNoPlanRuns) {
  const auto plan = lower_one(with_exits({{stage("device", {{0, 2}, {3, kLayers}})}}, {{"last", 1}}));
  EXPECT_THAT(plan.parts, ElementsAre(Parts{{{0, 2}, {3, kLayers}}}));
}

TEST_F(Lower, NamesCodecsByTheirDigests) {
  plan::Plan plan = split_at(3);
  plan.stages[0].sent = {{"side", "raw"}, {"b", "mine"}};
  const CodecDigests digests{{{"b", "mine"}, "digest"}, {{"a", "mine"}, "another tensor's"}};
  const auto hop = lower_one(plan, digests).route.hops.at(0);
  EXPECT_THAT(hop.forwards, ElementsAre("side", "a", "b"));
  EXPECT_THAT(hop.codecs, ElementsAre("", "", "digest"));
}

TEST_F(Lower, NamesNoCodecsWhereEverythingIsRaw) {
  plan::Plan plan = split_at(3);
  plan.stages[0].sent = {{"side", "raw"}, {"a", "raw"}, {"b", "raw"}};
  EXPECT_THAT(lower_one(plan).route.hops.at(0).codecs, IsEmpty());
}

// a and b on the device; early there and c on the edge; then the rest.
plan::Plan in_steps() {
  plan::Stage device = stage("device", {{0, 3}, {4, kLayers}});
  device.steps = {{{{0, 2}}}, {{{2, 3}}, {{.target = "edge", .ranges = {{3, 4}}}}}, {{{4, kLayers}}}};
  device.steps[1].offloads[0].sent = {{"a", "fp16", 8}};
  return {{device}};
}

TEST_F(Lower, HasAnOffloadRunBetweenTheStepsAroundIt) {
  const auto lowered = lower_one(in_steps(), {{{"a", "fp16"}, "digest"}});
  EXPECT_THAT(lowered.parts.at(0), ElementsAre(PartLayers{{0, 2}}, PartLayers{{2, 3}}, PartLayers{{4, kLayers}}));
  EXPECT_THAT(lowered.offloaded.at(0), ElementsAre(Parts{{{3, 4}}}));
  const rpc::Hop& hop = lowered.route.hops.at(0);
  EXPECT_THAT(hop.answers, ElementsAre("early", "last", "fixed"));
  ASSERT_EQ(hop.offloads.size(), 1u);
  EXPECT_EQ(hop.offloads[0].after_parts, 1u);
  EXPECT_EQ(hop.offloads[0].until_parts, 2u);
  EXPECT_EQ(hop.offloads[0].target, "edge");
  EXPECT_THAT(hop.offloads[0].forwards, ElementsAre("a", "b"));
  EXPECT_THAT(hop.offloads[0].codecs, ElementsAre("digest", ""));
  EXPECT_THAT(hop.offloads[0].answers, ElementsAre("c"));
}

TEST_F(Lower, AnswersWithOutputsThatAnOffloadMakes) {
  plan::Stage device = stage("device", {{0, 2}, {3, kLayers}});
  device.steps = {{{{0, 2}}}, {{{3, kLayers}}, {{.target = "edge", .ranges = {{2, 3}}}}}};
  const auto lowered = lower_one({{device}});
  EXPECT_THAT(lowered.route.hops.at(0).offloads.at(0).answers, ElementsAre("early"));
  EXPECT_THAT(lowered.route.hops.at(0).answers, ElementsAre("early", "last", "fixed"));
}

TEST_F(Lower, RefusesAStepThatRunsNothingItself) {
  plan::Plan plan = in_steps();
  plan.stages[0].steps[1].ranges.clear();
  EXPECT_EQ(failure(plan), ErrorKind::InvalidInput);
}

TEST_F(Lower, KeepsAStepInOnePartWhereverItsLayersLie) {
  plan::Stage device = stage("device", {{0, kLayers}});
  device.steps = {{{{0, 1}, {3, 4}}}, {{{1, 3}, {4, kLayers}}}};
  const auto lowered = lower_one({{device}});
  EXPECT_THAT(lowered.parts.at(0), ElementsAre(PartLayers{{0, 1}, {3, 4}}, PartLayers{{1, 3}, {4, kLayers}}));
}

TEST_F(Lower, SharesTheLayersOfStepsWithOtherPlans) {
  const auto lowered = lower(graph(), {in_steps(), all_on_device()}, {}, {{{"a", "fp16"}, "digest"}});
  EXPECT_THAT(lowered[0].parts.at(0), ElementsAre(PartLayers{{0, 2}}, PartLayers{{2, 3}}, PartLayers{{4, kLayers}}));
  EXPECT_THAT(lowered[1].parts.at(0),
              ElementsAre(PartLayers{{0, 2}}, PartLayers{{2, 3}}, PartLayers{{3, 4}}, PartLayers{{4, kLayers}}));
}

TEST_F(Lower, RefusesExitsThatAreNoOutputs) {
  EXPECT_EQ(failure(with_exits(all_on_device(), {{"b", 1}})), ErrorKind::InvalidInput);
  EXPECT_EQ(failure(with_exits(all_on_device(), {{"absent", 1}})), ErrorKind::InvalidInput);
  EXPECT_EQ(failure(with_exits(all_on_device(), {{"fixed", 1}})), ErrorKind::InvalidInput);
}

TEST_F(Lower, RefusesAPolicyWithoutExits) {
  EXPECT_EQ(failure(with_exits(all_on_device(), {})), ErrorKind::Unsupported);
}

plan::Bypass bypass(const std::string& target, std::vector<plan::SentTensor> sent) {
  return {target, 0, 0, std::move(sent)};
}

// c, which reads a, and last, which reads `side`, on the cloud.
plan::Plan past_the_edge(std::vector<plan::Bypass> bypasses) {
  plan::Plan plan{
      {stage("device", {{0, 1}}), stage("edge", {{1, 3}}), stage("hub", {}), stage("cloud", {{3, kLayers}})}};
  plan.stages[0].bypasses = std::move(bypasses);
  return plan;
}

TEST(LowerBypass, TakesItsTensorsFromTheHops) {
  const auto plan = past_the_edge({bypass("cloud", {{"a", plan::kRaw, 0}})});
  const auto lowered = lower(model_with_exit().graph(), {plan}).at(0).route;
  ASSERT_EQ(lowered.hops.at(0).deposits.size(), 1u);
  EXPECT_EQ(lowered.hops[0].deposits[0].target, "cloud");
  EXPECT_THAT(lowered.hops[0].deposits[0].forwards, ElementsAre("a"));
  EXPECT_THAT(lowered.hops[0].forwards, ElementsAre("side", "a")) << "the edge reads it, too";
  EXPECT_THAT(lowered.hops[1].forwards, ElementsAre("side", "b"));
  EXPECT_THAT(lowered.hops[2].forwards, ElementsAre("side", "b"));
  EXPECT_THAT(lowered.hops[3].forwards, IsEmpty());
}

TEST(LowerBypass, HasWhatArrivesHandedOn) {
  const auto plan = past_the_edge({bypass("hub", {{"a", plan::kRaw, 0}, {"side", plan::kRaw, 0}})});
  const auto lowered = lower(model_with_exit().graph(), {plan}).at(0).route;
  EXPECT_THAT(lowered.hops[0].forwards, ElementsAre("a"));
  EXPECT_THAT(lowered.hops[1].forwards, ElementsAre("b"));
  EXPECT_THAT(lowered.hops[2].forwards, ElementsAre("side", "a", "b"));
}

std::string complaint_about(std::vector<plan::Bypass> bypasses) try {
  lower(model_with_exit().graph(), {past_the_edge(std::move(bypasses))});
  return "none";
} catch (const base::Error& error) {
  EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
  const std::string message = error.message();
  return message.substr(message.find("the bypass"));
}

TEST(LowerBypass, IsRefusedWhereItDoesNotFit) {
  const auto raw = [](const std::string& name) { return plan::SentTensor{name, plan::kRaw, 0}; };
  EXPECT_EQ(complaint_about({bypass("edge", {raw("a")})}),
            "the bypass from 'device' to 'edge' leads to no stage after the next, expected one");
  EXPECT_EQ(complaint_about({bypass("moon", {raw("a")})}),
            "the bypass from 'device' to 'moon' leads to no stage after the next, expected one");
  EXPECT_EQ(complaint_about({bypass("cloud", {raw("nothing")})}),
            "the bypass from 'device' to 'cloud' carries 'nothing', which is no tensor of the model");
  EXPECT_EQ(complaint_about({bypass("cloud", {raw("b")})}),
            "the bypass from 'device' to 'cloud' carries 'b', which a later stage makes, or none");
  EXPECT_EQ(complaint_about({bypass("cloud", {raw("x")})}),
            "the bypass from 'device' to 'cloud' carries 'x', which that stage does not need");
  EXPECT_EQ(complaint_about({bypass("cloud", {raw("a")}), bypass("cloud", {raw("a")})}),
            "the bypass from 'device' to 'cloud' carries 'a', which another does, too");
}

}  // namespace
}  // namespace tandem::deploy
