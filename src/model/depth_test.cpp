#include "model/depth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

using Names = std::vector<std::string>;

void name_exits(TestModel& test, const std::string& list) {
  auto& entry = *test.proto.add_metadata_props();
  entry.set_key("tandem.exits");
  entry.set_value(list);
}

// trunk1 → trunk2 → trunk3 → last, with a head of one layer at trunk1 and one of two layers at trunk2.
Model three_exits(const Names& outputs, const std::string& metadata = "") {
  TestModel test;
  test.input("x");
  for (const auto& output : outputs) test.output(output);
  test.node("Relu", {"x"}, {"trunk1"});
  test.node("Relu", {"trunk1"}, {"trunk2"});
  test.node("Relu", {"trunk2"}, {"trunk3"});
  test.node("Relu", {"trunk3"}, {"hidden"});
  test.node("Relu", {"hidden"}, {"last"});
  test.node("Tanh", {"trunk1"}, {"exit1"});
  test.node("Tanh", {"trunk2"}, {"head2"});
  test.node("Abs", {"head2"}, {"exit2"});
  if (!metadata.empty()) name_exits(test, metadata);
  return test.model({"trunk1", "trunk2", "trunk3", "hidden", "head2", "exit1", "exit2", "last"});
}

TEST(Depth, OrdersExitsAndLayersAlikeWhateverTheOrderOfOutputs) {
  Names outputs = {"exit1", "exit2", "last"};
  do {
    const Model model = three_exits(outputs);
    EXPECT_THAT(exits_of(model), ElementsAre("exit1", "exit2", "last"));
    EXPECT_THAT(layer_names(model),
                ElementsAre("trunk1", "exit1", "trunk2", "head2", "exit2", "trunk3", "hidden", "last"));
    EXPECT_THAT(model.graph().outputs, ElementsAreArray(outputs));
  } while (std::ranges::next_permutation(outputs).found);
}

TEST(Depth, OrdersExitsWhateverTheOrderOfTheMetadata) {
  for (const std::string metadata : {"last,exit2,exit1", "exit2,last,exit1", "exit1,exit2,last"}) {
    const Model model = three_exits({"exit2", "last", "exit1"}, metadata);
    EXPECT_THAT(model.exits(), ElementsAre("exit1", "exit2", "last")) << metadata;
  }
  EXPECT_THAT(three_exits({"last", "exit2", "exit1"}, "last,exit1").exits(), ElementsAre("exit1", "last"));
  EXPECT_THAT(three_exits({"last", "exit2", "exit1"}).exits(), IsEmpty());
}

TEST(Depth, DoesNotCountBlanksAroundTheNamesOfExits) {
  EXPECT_THAT(three_exits({"last", "exit2", "exit1"}, " last , exit1\n").exits(), ElementsAre("exit1", "last"));
}

TEST(Depth, RefusesAnExitThatIsNoOutput) {
  for (const std::string metadata : {"exit1,lost", "exit1,,last", " "}) {
    EXPECT_THAT(message_of([&] {
                  three_exits({"last", "exit1"}, metadata);
                }),
                HasSubstr("expected outputs of the model: last, exit1"))
        << metadata;
  }
}

TEST(Depth, OrdersHeadsByTheirPlaceHoweverLargeTheyAre) {
  TestModel test;
  test.input("x").output("last").output("large").output("small").weight("kernel", {4, 4});
  test.node("Relu", {"x"}, {"trunk1"});
  test.node("Relu", {"trunk1"}, {"trunk2"});
  test.node("Relu", {"trunk2"}, {"last"});
  test.node("MatMul", {"trunk1", "kernel"}, {"large1"});
  test.node("MatMul", {"large1", "kernel"}, {"large2"});
  test.node("MatMul", {"large2", "kernel"}, {"large"});
  test.node("Relu", {"trunk2"}, {"small"});
  const Model model = test.model({"trunk1", "trunk2", "large1", "large2", "large", "small", "last"});
  EXPECT_EQ(exits_of(model).front(), "large");
}

TEST(Depth, TakesTheAnswerThatCostsMostForTheNetworksOwnThoughAHeadHasMoreLayers) {
  TestModel test;
  test.input("x").output("last").output("exit").weight("kernel", {4, 4});
  test.node("Relu", {"x"}, {"trunk"});
  test.node("MatMul", {"trunk", "kernel"}, {"last"});
  test.node("Relu", {"trunk"}, {"head1"});
  test.node("Relu", {"head1"}, {"head2"});
  test.node("Relu", {"head2"}, {"exit"});
  const Model model = test.model({"trunk", "head1", "head2", "exit", "last"});
  EXPECT_THAT(exits_of(model), ElementsAre("exit", "last"));
  EXPECT_THAT(layer_names(model), ElementsAre("trunk", "head1", "head2", "exit", "last"));
}

TEST(Depth, PutsAnAnswerThatAnotherReadsBeforeIt) {
  TestModel test;
  test.input("x").output("probabilities").output("logits");
  test.node("Relu", {"x"}, {"logits"});
  test.node("Softmax", {"logits"}, {"probabilities"});
  EXPECT_THAT(exits_of(test.model({"logits", "probabilities"})), ElementsAre("logits", "probabilities"));
}

TEST(Depth, OrdersAnswersThatShareNothingByTheirSize) {
  TestModel test;
  test.input("x").output("long").output("short").output("shorter");
  test.node("Relu", {"x"}, {"long1"});
  test.node("Relu", {"long1"}, {"long2"});
  test.node("Relu", {"long2"}, {"long"});
  test.node("Tanh", {"x"}, {"short1"});
  test.node("Tanh", {"short1"}, {"short"});
  test.node("Abs", {"x"}, {"shorter"});
  const Model model = test.model({"long1", "long2", "long", "short1", "short", "shorter"});
  EXPECT_THAT(exits_of(model), ElementsAre("shorter", "short", "long"));
}

TEST(Depth, KeepsTheGivenOrderAmongEquals) {
  TestModel test;
  test.input("x").output("b").output("a");
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"x"}, {"b"});
  EXPECT_THAT(exits_of(test.model({"a", "b"})), ElementsAre("b", "a"));
}

TEST(DeepestAnswers, AreZeroWhereNoAnswerNeedsALayer) {
  EXPECT_THAT(deepest_answers({{.reads = {0}, .writes = {1}}, {.reads = {1}, .writes = {2}}}, {}), Each(0));
  EXPECT_THAT(deepest_answers({}, {}), IsEmpty());
}

TEST(DeepestAnswers, CountALayerForTheDeepestAnswerThatNeedsIt) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}},  // trunk
      {.reads = {1}, .writes = {2}},  // exit
      {.reads = {1}, .writes = {3}},
      {.reads = {3}, .writes = {4}},  // the network's own
  };
  EXPECT_THAT(deepest_answers(layers, {4, 2}), ElementsAre(1, 0, 1, 1));
}

}  // namespace
}  // namespace tandem::model
