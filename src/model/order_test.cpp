#include "model/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

// Tensor 0 is the input in each of these.
TEST(OrderLayers, RunsTheHeadOfAnExitRightAfterItsBranch) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}, .last_answer = 1},  // trunk
      {.reads = {1}, .writes = {2}, .last_answer = 1},  // trunk
      {.reads = {2}, .writes = {3}, .last_answer = 1},  // answer 1
      {.reads = {1}, .writes = {4}, .last_answer = 0},  // head
      {.reads = {4}, .writes = {5}, .last_answer = 0},  // answer 0
  };
  EXPECT_THAT(order_layers(layers, {8, 8, 8, 8, 8, 8}), ElementsAre(0, 3, 4, 1, 2));
}

TEST(OrderLayers, FinishesABranchThatShrinksFirst) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}},     // grows to 100 bytes
      {.reads = {0}, .writes = {2}},     // 10 bytes
      {.reads = {1}, .writes = {3}},     // 100 → 1
      {.reads = {2, 3}, .writes = {4}},  // the join
  };
  EXPECT_THAT(order_layers(layers, {50, 100, 10, 1, 1}), ElementsAre(1, 0, 2, 3));
}

TEST(OrderLayers, KeepsTheGivenOrderAmongEquals) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}}, {.reads = {0}, .writes = {2}}, {.reads = {1, 2}, .writes = {3}}};
  EXPECT_THAT(order_layers(layers, {8, 8, 8, 8}), ElementsAre(0, 1, 2));
}

TEST(OrderLayers, ReadsTheSameTensorTwiceWithoutHarm) {
  EXPECT_THAT(order_layers({{.reads = {0, 0}, .writes = {1}}, {.reads = {1, 1}, .writes = {2}}}, {8, 8, 8}),
              ElementsAre(0, 1));
}

TEST(Order, PutsTheHeadsOfAModelsExitsRightAfterTheirBranches) {
  TestModel test;
  test.input("x").output("exit1").output("exit2").output("last");
  test.node("Relu", {"x"}, {"trunk1"});
  test.node("Relu", {"trunk1"}, {"trunk2"});
  test.node("Relu", {"trunk2"}, {"last"});
  test.node("Tanh", {"trunk1"}, {"head1"});
  test.node("Abs", {"head1"}, {"exit1"});
  test.node("Tanh", {"trunk2"}, {"exit2"});
  const Model model = test.model({"trunk1", "trunk2", "head1", "exit1", "exit2", "last"});
  EXPECT_THAT(layer_names(model), ElementsAre("trunk1", "head1", "exit1", "trunk2", "exit2", "last"));
}

}  // namespace
}  // namespace tandem::model
