#include "model/work.h"

#include <gtest/gtest.h>

#include <map>

#include "model/test_models.h"

namespace tandem::model {
namespace {

// One node "y" = op(a, b, c) with the given shapes of its tensors.
onnx::NodeProto make_node(const std::string& op_type, const std::map<std::string, std::int64_t>& attributes = {}) {
  onnx::NodeProto node;
  TestModel::fill_node(node, op_type, {"a", "b", "c"}, {"y"});
  for (const auto& [name, value] : attributes) TestModel::add_attribute(node, name, value);
  return node;
}

ShapeLookup lookup(const std::map<std::string, base::Shape>& shapes) {
  return [shapes](const std::string& name) {
    const auto shape = shapes.find(name);
    return shape == shapes.end() ? base::Shape{} : shape->second;
  };
}

std::int64_t work(const std::string& op_type, const std::map<std::string, base::Shape>& shapes,
                  const std::map<std::string, std::int64_t>& attributes = {}) {
  return multiply_accumulates(make_node(op_type, attributes), lookup(shapes));
}

void add_list(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

TEST(MultiplyAccumulates, OfAConvolution) {
  // 16 × 6 × 6 outputs, each from 3 channels × 5 × 5.
  EXPECT_EQ(work("Conv", {{"a", {1, 3, 10, 10}}, {"b", {16, 3, 5, 5}}, {"y", {1, 16, 6, 6}}}), 16 * 36 * 75);
}

TEST(MultiplyAccumulates, OfADepthwiseConvolution) {
  EXPECT_EQ(work("Conv", {{"a", {1, 32, 8, 8}}, {"b", {32, 1, 3, 3}}, {"y", {1, 32, 8, 8}}}), 32 * 64 * 9);
}

TEST(MultiplyAccumulates, OfATransposedConvolution) {
  // Every input element spreads over 8 channels × 2 × 2.
  EXPECT_EQ(work("ConvTranspose", {{"a", {1, 4, 5, 5}}, {"b", {4, 8, 2, 2}}, {"y", {1, 8, 10, 10}}}), 100 * 32);
}

TEST(MultiplyAccumulates, OfAGemm) {
  EXPECT_EQ(work("Gemm", {{"a", {2, 5}}, {"b", {5, 7}}, {"y", {2, 7}}}), 2 * 5 * 7);
  EXPECT_EQ(work("Gemm", {{"a", {2, 5}}, {"b", {7, 5}}, {"y", {2, 7}}}, {{"transB", 1}}), 2 * 5 * 7);
}

TEST(MultiplyAccumulates, OfABatchedMatrixProduct) {
  EXPECT_EQ(work("MatMul", {{"a", {3, 2, 5}}, {"b", {5, 7}}, {"y", {3, 2, 7}}}), 3 * 2 * 5 * 7);
}

TEST(MultiplyAccumulates, AreZeroForOtherOperatorsAndUnknownShapes) {
  EXPECT_EQ(work("Relu", {{"a", {1, 4}}, {"y", {1, 4}}}), 0);
  EXPECT_EQ(work("Conv", {}), 0);
  EXPECT_EQ(work("Gemm", {{"b", {5, 7}}}), 0);
  EXPECT_EQ(work("MatMul", {{"a", {2, 5}}}), 0);
}

TEST(MultiplyAccumulates, OfAbsurdShapesNeitherOverflowNorTurnNegative) {
  const std::int64_t giant = std::int64_t{1} << 40;
  EXPECT_GE(work("MatMul", {{"a", {giant, giant}}, {"y", {giant, giant}}}), 0);
  EXPECT_EQ(work("Conv", {{"b", {1, -3, 3}}, {"y", {1, 4}}}), 0);
}

TEST(Window, OfAConvolutionIsThatOfItsWeightWhenTheNodeDoesNotSay) {
  onnx::NodeProto node = make_node("Conv", {{"group", 8}});
  EXPECT_EQ(window_of(node, lookup({{"b", {16, 3, 5, 7}}})), (Window{5, 7, 1, 8}));
  add_list(node, "kernel_shape", {3, 1});
  add_list(node, "strides", {1, 2});
  EXPECT_EQ(window_of(node, lookup({{"b", {16, 3, 5, 7}}})), (Window{3, 1, 2, 8}));
}

TEST(Window, OfAPoolingHasNoGroups) {
  onnx::NodeProto node = make_node("MaxPool");
  add_list(node, "kernel_shape", {3});
  EXPECT_EQ(window_of(node, lookup({})), (Window{1, 3, 1, 0}));
}

TEST(Window, IsZeroForOtherOperatorsAndUnknownShapes) {
  EXPECT_EQ(window_of(make_node("Relu"), lookup({{"b", {16, 3, 5, 7}}})), Window{});
  EXPECT_EQ(window_of(make_node("GlobalAveragePool"), lookup({{"a", {1, 3, 5, 7}}})), Window{});
  EXPECT_EQ(window_of(make_node("Conv"), lookup({})), Window{});
}

TEST(Parameters, AreCountedOnceHoweverManyLayersReadThem) {
  TestModel test;
  test.input("x").output("b");
  test.weight("w", {1, 4});
  test.node("Add", {"x", "w"}, {"a"});
  test.node("Mul", {"a", "w"}, {"b"});
  const Model model = test.model();
  EXPECT_EQ(model.graph().parameters, 4);
  EXPECT_EQ(model.graph().layers[0].parameters, 4);
  EXPECT_EQ(model.graph().layers[1].parameters, 0);
}

TEST(Parameters, ReachedThroughConstantNodesCountAndShapesDoNot) {
  TestModel test;
  test.input("x").output("b");
  test.weight("w", {4, 1});
  test.typed_weight("shape", {2}, onnx::TensorProto::INT64).add_int64_data(1);
  test.graph().mutable_initializer(1)->add_int64_data(4);
  test.node("Reshape", {"w", "shape"}, {"reshaped"});
  test.node("Add", {"x", "reshaped"}, {"b"});
  EXPECT_EQ(test.model().graph().parameters, 4);
}

// A Constant node of this float32 shape.
void add_constant(TestModel& test, const std::string& name, const std::vector<std::int64_t>& shape) {
  auto& attribute = *test.node("Constant", {}, {name}).add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  auto& tensor = *attribute.mutable_t();
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
  tensor.set_raw_data(std::string(4 * base::element_count(shape), '\0'));
}

TEST(Parameters, OfConstantNodesCountOnceAndTheirScalarsDoNot) {
  TestModel test;
  test.input("x").output("c");
  add_constant(test, "w", {4, 4});
  add_constant(test, "half", {});
  test.node("MatMul", {"x", "w"}, {"a"});
  test.node("MatMul", {"a", "w"}, {"b"});
  test.node("Mul", {"b", "half"}, {"c"});
  const Model model = test.model();
  EXPECT_EQ(model.graph().parameters, 16);
  EXPECT_EQ(model.graph().layers[0].parameters, 16);
  EXPECT_EQ(model.graph().layers[1].parameters, 0);
  EXPECT_EQ(model.graph().layers[2].parameters, 0);
}

TEST(Parameters, OfSubgraphsCountWhereTheSubgraphRuns) {
  TestModel test;
  test.input("x").output("y");
  test.typed_weight("is_on", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  auto& node = test.node("If", {"is_on"}, {"y"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& graph = TestModel::add_subgraph(node, branch);
    TestModel::fill_node(*graph.add_node(), "MatMul", {"x", "w"}, {"z"});
    graph.add_output()->set_name("z");
    auto& weight = *graph.add_initializer();
    weight.set_name("w");
    weight.set_data_type(onnx::TensorProto::FLOAT);
    for (int i = 0; i < 2; ++i) weight.add_dims(4);
    weight.set_raw_data(std::string(64, '\0'));
  }
  EXPECT_EQ(test.model().graph().parameters, 32);
}

TEST(MultiplyAccumulates, SeeThroughConstantNodesToTheWeight) {
  TestModel test;
  test.input("x").output("y");
  test.weight("w", {4, 3});
  test.node("Identity", {"w"}, {"w1"});
  test.node("Identity", {"w1"}, {"w2"});
  test.node("Gemm", {"x", "w2"}, {"y"});
  const Model model(test.source(), {{"y", {base::ElementType::Float32, {1, 3}}}});
  EXPECT_EQ(model.graph().layers[0].multiply_accumulates, 12);
}

TEST(MultiplyAccumulates, SurviveAVeryLongChainOfConstants) {
  TestModel test;
  test.input("x").output("y");
  test.weight("w0", {4, 3});
  constexpr int kLinks = 100'000;
  for (int i = 0; i < kLinks; ++i) test.node("Identity", {"w" + std::to_string(i)}, {"w" + std::to_string(i + 1)});
  test.node("Gemm", {"x", "w" + std::to_string(kLinks)}, {"y"});
  const Model model(test.source(), {{"y", {base::ElementType::Float32, {1, 3}}}});
  EXPECT_EQ(model.graph().layers[0].multiply_accumulates, 12);
}

}  // namespace
}  // namespace tandem::model
