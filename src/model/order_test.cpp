#include "model/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

// Tensor 0 is the input in each of these.
TEST(OrderLayers, RunsTheHeadOfAnExitRightAfterItsBranchWhateverTheOrderOfAnswers) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}, .work = 9},  // trunk
      {.reads = {1}, .writes = {2}, .work = 9},  // trunk
      {.reads = {2}, .writes = {3}},             // the network's answer
      {.reads = {1}, .writes = {4}},             // head
      {.reads = {4}, .writes = {5}},             // answer of the exit
  };
  EXPECT_THAT(order_layers(layers, {8, 8, 8, 8, 8, 8}, {5, 3}), ElementsAre(0, 3, 4, 1, 2));
  EXPECT_THAT(order_layers(layers, {8, 8, 8, 8, 8, 8}, {3, 5}), ElementsAre(0, 3, 4, 1, 2));
}

TEST(OrderLayers, FinishesABranchThatShrinksFirst) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}},     // grows to 100 bytes
      {.reads = {0}, .writes = {2}},     // 10 bytes
      {.reads = {1}, .writes = {3}},     // 100 → 1
      {.reads = {2, 3}, .writes = {4}},  // the join
  };
  EXPECT_THAT(order_layers(layers, {50, 100, 10, 1, 1}, {4}), ElementsAre(1, 0, 2, 3));
}

TEST(OrderLayers, KeepsTheGivenOrderAmongEquals) {
  const std::vector<OrderedLayer> layers = {
      {.reads = {0}, .writes = {1}}, {.reads = {0}, .writes = {2}}, {.reads = {1, 2}, .writes = {3}}};
  EXPECT_THAT(order_layers(layers, {8, 8, 8, 8}, {3}), ElementsAre(0, 1, 2));
}

TEST(OrderLayers, ReadsTheSameTensorTwiceWithoutHarm) {
  EXPECT_THAT(order_layers({{.reads = {0, 0}, .writes = {1}}, {.reads = {1, 1}, .writes = {2}}}, {8, 8, 8}, {2}),
              ElementsAre(0, 1));
}

}  // namespace
}  // namespace tandem::model
