#include "model/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "base/test_files.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::message_of;
using base::Tensor;
using base::TensorType;
using testing::HasSubstr;

Tensor zeros(base::Shape shape) {
  std::vector<float> values(base::element_count(shape));
  return Tensor::of<float>({ElementType::Float32, std::move(shape)}, values);
}

onnx::ModelProto parse(const Part& part) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(part.graph));
  return model;
}

const TensorType kVector{ElementType::Float32, {1, 4}};

TEST(GraphBuilder, WritesNodesInOrderWithTheirAttributes) {
  GraphBuilder builder("tiny");
  builder.input("x", kVector);
  builder.node("Softmax", {"x"}, {{"axis", 1}}, "y");
  builder.output("y", kVector);
  const auto model = parse(builder.finish());
  EXPECT_EQ(model.ir_version(), 8);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  ASSERT_EQ(model.graph().node_size(), 1);
  EXPECT_EQ(model.graph().node(0).name(), "y");
  EXPECT_EQ(model.graph().node(0).attribute(0).i(), 1);
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value(), 4);
}

TEST(GraphBuilder, KeepsLargeWeightsBesideTheGraphAndSmallOnesInside) {
  GraphBuilder builder("weights");
  const auto large = zeros({kSmallestWeightBytes / 4});
  builder.weight("large", large);
  builder.weight("small", zeros({kSmallestWeightBytes / 4 - 1}));
  const auto part = builder.finish();
  ASSERT_EQ(part.weights.size(), 1u);
  EXPECT_EQ(part.weights[0].name, "large");
  EXPECT_EQ(part.weights[0].tensor.bytes().data(), large.bytes().data());
  const auto model = parse(part);
  EXPECT_EQ(model.graph().initializer(0).data_location(), onnx::TensorProto::EXTERNAL);
  EXPECT_EQ(model.graph().initializer(0).external_data(0).value(), kWeightLocation);
  EXPECT_EQ(model.graph().initializer(0).external_data(2).value(), "1024");
  EXPECT_EQ(model.graph().initializer(1).raw_data().size(), 1020u);
}

TEST(GraphBuilder, WritesAConstantAsANode) {
  GraphBuilder builder("constant");
  builder.constant("one", zeros({}));
  const auto model = parse(builder.finish());
  EXPECT_EQ(model.graph().initializer_size(), 0);
  ASSERT_EQ(model.graph().node_size(), 1);
  EXPECT_EQ(model.graph().node(0).attribute(0).t().raw_data().size(), 4u);
}

TEST(GraphBuilder, WritesMetadata) {
  GraphBuilder builder("metadata");
  builder.metadata("tandem.exits", "exit1,exit2");
  EXPECT_EQ(parse(builder.finish()).metadata_props(0).value(), "exit1,exit2");
}

TEST(GraphBuilder, RefusesATensorThatNothingMakes) {
  GraphBuilder builder("broken");
  EXPECT_THAT(message_of([&] { builder.node("Relu", {"x"}, {}, "y"); }), HasSubstr("'y' reads 'x'"));
}

TEST(GraphBuilder, RefusesANameThatIsTaken) {
  GraphBuilder builder("broken");
  builder.input("x", kVector);
  EXPECT_THAT(message_of([&] { builder.node("Relu", {"x"}, {}, "x"); }), HasSubstr("already has a tensor 'x'"));
}

}  // namespace
}  // namespace tandem::model
