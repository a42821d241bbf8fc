#include "cost/features.h"

#include <gtest/gtest.h>

#include "cost/test_graphs.h"

namespace tandem::cost {
namespace {

TEST(Features, OfNothingAreZero) {
  EXPECT_EQ(features_of(TestGraph().graph, {}), Features{});
}

TEST(Features, OfAConvolutionCountItsInputOutputAndUnfolding) {
  TestGraph test({1, 8, 12, 12});
  test.layer("Conv", "conv", {"input"}, {1, 16, 5, 5}, {3, 2, 2, 4});
  const Features features = features_of(test.graph, {0});
  EXPECT_EQ(features.op_type, "Conv");
  EXPECT_EQ(features.multiply_accumulates, 1000);
  EXPECT_EQ(features.input_bytes, 8 * 144 * 4);
  EXPECT_EQ(features.weight_bytes, 400);
  EXPECT_EQ(features.kernel_elements, 6);
  EXPECT_EQ(features.stride, 2);
  EXPECT_EQ(features.groups, 4);
  EXPECT_EQ(features.input_maps, 8);
  EXPECT_EQ(features.filters, 16);
  EXPECT_EQ(features.output_elements, 16 * 25);
  EXPECT_EQ(features.im2col_bytes, 25 * 6 * 8 * 4);
}

TEST(Features, OfSeveralLayersCountOnlyWhatCrossesTheirBorder) {
  TestGraph test({1, 2, 5, 5});
  test.layer("Conv", "conv", {"input"}, {1, 4, 5, 5});
  test.layer("Add", "add", {"conv", "input"}, {1, 4, 5, 5});
  test.layer("Relu", "relu", {"add"}, {1, 4, 5, 5});
  test.layer("Relu", "other", {"conv"}, {1, 4, 5, 5});
  test.graph.tensors[3].is_answer = true;
  const Features features = features_of(test.graph, {0, 1, 2});
  EXPECT_EQ(features.op_type, "Conv");
  EXPECT_EQ(features.input_bytes, 2 * 25 * 4);
  EXPECT_EQ(features.output_bytes, 2 * 4 * 25 * 4) << "the answer, and what the other branch reads";
}

TEST(Features, AreThoseOfThePoolingBehindAPadding) {
  TestGraph test;
  test.layer("Pad", "pad", {"input"}, {1, 32, 12, 12});
  test.layer("MaxPool", "pool", {"pad"}, {1, 32, 6, 6}, {2, 2, 2, 0});
  EXPECT_EQ(features_of(test.graph, {0, 1}).op_type, "MaxPool");
}

TEST(Features, OfTensorsOfUnknownTypeAreZero) {
  TestGraph test;
  test.layer("Relu", "relu", {"input"});
  for (const base::TensorType& type :
       {base::TensorType{}, {base::ElementType::Float32, {1, base::kUnknownDimension}}}) {
    for (auto& tensor : test.graph.tensors) {
      tensor.type = type;
      tensor.size_bytes = 0;
    }
    const Features features = features_of(test.graph, {0});
    EXPECT_EQ(features.input_bytes + features.output_bytes + features.output_elements, 0);
    EXPECT_EQ(features.input_maps + features.filters, 0);
  }
}

}  // namespace
}  // namespace tandem::cost
