#include "cost/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cost/test_graphs.h"

namespace tandem::cost {
namespace {

using testing::ElementsAre;

TEST(ExpectedKernels, AreOneForAConvolutionWithItsNormAndActivation) {
  TestGraph test;
  test.layer("Pad", "pad", {"input"})
      .layer("Conv", "conv", {"pad"})
      .layer("BatchNormalization", "norm", {"conv"})
      .layer("Relu", "relu", {"norm"})
      .layer("Relu", "again", {"relu"});
  EXPECT_THAT(expected_kernels(test.graph), ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(4)));
}

TEST(ExpectedKernels, KeepATensorThatAnotherLayerReads) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"})
      .layer("Relu", "relu", {"conv"})
      .layer("Sigmoid", "gate", {"conv"})
      .layer("Mul", "mul", {"relu", "gate"});
  EXPECT_THAT(expected_kernels(test.graph),
              ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2), ElementsAre(3)));
}

TEST(ExpectedKernels, AddAResidualInTheFirstConvolutionThatCan) {
  TestGraph test;
  test.layer("Conv", "residual", {"input"})
      .layer("Conv", "shortcut", {"input"})
      .layer("Add", "add", {"shortcut", "residual"})
      .layer("Relu", "relu", {"add"});
  EXPECT_THAT(expected_kernels(test.graph), ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3)));
}

TEST(ExpectedKernels, LeaveASumOfDifferentLayoutsAlone) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"}).layer("Add", "add", {"conv", "input"}).layer("Add", "sum", {"add", "conv"});
  EXPECT_THAT(expected_kernels(test.graph), ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
}

TEST(ExpectedKernels, ComputeTwinsOnce) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"})
      .layer("Relu", "relu", {"conv"})
      .layer("Relu", "twin", {"conv"})
      .layer("Conv", "left", {"relu"})
      .layer("Conv", "right", {"twin"});
  EXPECT_THAT(expected_kernels(test.graph), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3), ElementsAre(4)));
}

TEST(ExpectedKernels, LetIdentitiesVanish) {
  TestGraph test;
  test.layer("Dropout", "first", {"input"})
      .layer("BatchNormalization", "norm", {"first"})
      .layer("Relu", "relu", {"norm"})
      .layer("Identity", "identity", {"relu"})
      .layer("Softmax", "softmax", {"identity"});
  EXPECT_THAT(expected_kernels(test.graph), ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3), ElementsAre(4)));
}

TEST(EndsOfKernels, AreTheLastLayersOfKernels) {
  EXPECT_THAT(ends_of_kernels({{0, 2}, {1}, {3, 4}, {5}}, 6), ElementsAre(false, false, true, false, true, true));
}

}  // namespace
}  // namespace tandem::cost
