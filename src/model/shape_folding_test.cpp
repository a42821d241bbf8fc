#include "model/shape_folding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/program.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::ElementType;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::vector<std::string> operators_of(const Model& model) {
  std::vector<std::string> operators;
  for (const auto& layer : model.graph().layers) operators.push_back(layer.op_type);
  return operators;
}

base::TensorType floats(base::Shape shape) {
  return {ElementType::Float32, std::move(shape)};
}

base::Tensor integers(const std::vector<std::int64_t>& values) {
  return base::Tensor::of<std::int64_t>({ElementType::Int64, {static_cast<std::int64_t>(values.size())}}, values);
}

// `x` is float32 [2, 6]; flat = Reshape(Relu(x), Concat(Gather(Shape(Relu(x)), 0), −1)), as exporters write a flatten.
class ShapeFoldingTest : public testing::Test {
 protected:
  ShapeFoldingTest() {
    test_.input("x", {2, 6});
    add_integers("first", {0});
    add_integers("rest", {-1});
    test_.node("Relu", {"x"}, {"a"});
    test_.node("Shape", {"a"}, {"size"});
    test_.node("Gather", {"size", "first"}, {"rows"});
    test_.node("Concat", {"rows", "rest"}, {"target"});
    test_.node("Reshape", {"a", "target"}, {"flat"});
    test_.output("flat");
  }

  void add_integers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor = test_.typed_weight(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const auto value : values) tensor.add_int64_data(value);
  }

  TestModel test_;
};

TEST_F(ShapeFoldingTest, AsksForTypesAndConstantsInTurn) {
  ShapeFolding folding(test_.source());
  EXPECT_FALSE(folding.constants_to_compute());
  const auto first = folding.layers_to_type();
  ASSERT_TRUE(first);
  EXPECT_THAT(names_of(first->outputs), ElementsAre("a"));
  folding.add_types({{"a", floats({2, 6})}});
  const auto constants = folding.constants_to_compute();
  ASSERT_TRUE(constants);
  EXPECT_TRUE(constants->inputs.empty());
  EXPECT_THAT(names_of(constants->outputs), ElementsAre("target"));
  folding.add_constants({{"target", integers({2, -1})}});
  EXPECT_FALSE(folding.constants_to_compute());
  const auto second = folding.layers_to_type();
  ASSERT_TRUE(second);
  EXPECT_THAT(names_of(second->inputs), ElementsAre("a"));
  EXPECT_THAT(names_of(second->outputs), ElementsAre("flat"));
  folding.add_types({{"flat", floats({2, 6})}});
  EXPECT_FALSE(folding.layers_to_type());
  const Model model(folding.source(), folding.types());
  EXPECT_THAT(operators_of(model), ElementsAre("Relu", "Reshape"));
  EXPECT_EQ(model.cuts().size(), 1U);
}

TEST_F(ShapeFoldingTest, KeepsConstantsThatCannotBeComputed) {
  ShapeFolding folding(test_.source());
  folding.layers_to_type();
  folding.add_types({{"a", floats({2, 6})}});
  ASSERT_TRUE(folding.constants_to_compute());
  folding.add_constants({});
  EXPECT_FALSE(folding.constants_to_compute());
  EXPECT_TRUE(folding.layers_to_type());
}

// Training takes other sizes of batch.
TEST_F(ShapeFoldingTest, LeavesTheProgramAsRead) {
  ShapeFolding folding(test_.source());
  folding.layers_to_type();
  folding.add_types({{"a", floats({2, 6})}});
  folding.constants_to_compute();
  folding.add_constants({{"target", integers({2, -1})}});
  const Program program = read_program(Model(folding.source(), {{"a", floats({2, 6})}, {"flat", floats({2, 6})}}));
  EXPECT_EQ(program.nodes.size(), 5U);
}

TEST_F(ShapeFoldingTest, LeavesShapesThatDependOnValues) {
  test_ = TestModel();
  test_.input("x", {6});
  test_.node("NonZero", {"x"}, {"found"});
  test_.node("Shape", {"found"}, {"size"});
  test_.node("Add", {"size", "size"}, {"twice"});
  test_.output("twice");
  ShapeFolding folding(test_.source());
  const auto first = folding.layers_to_type();
  ASSERT_TRUE(first);
  EXPECT_THAT(names_of(first->outputs), ElementsAre("found"));
  folding.add_types({{"found", {ElementType::Int64, {1, base::kUnknownDimension}}}});
  const auto second = folding.layers_to_type();
  ASSERT_TRUE(second);
  EXPECT_THAT(names_of(second->outputs), ElementsAre("size", "twice"));
  EXPECT_TRUE(folding.has_layers_left());
}

TEST_F(ShapeFoldingTest, KnowsWhenNothingIsLeft) {
  test_ = TestModel();
  test_.input("x", {2, 6});
  test_.node("Size", {"x"}, {"count"});
  test_.output("count");
  EXPECT_FALSE(ShapeFolding(test_.source()).has_layers_left());
  ShapeFolding unfolded(test_.source(), false);
  EXPECT_TRUE(unfolded.has_layers_left());
  EXPECT_THAT(names_of(unfolded.layers_to_type()->outputs), ElementsAre("count"));
}

TEST_F(ShapeFoldingTest, LeavesNodesWithoutAnOutput) {
  test_.node("Shape", {"x"}, {});
  test_.node("Size", {"x"}, {""});
  EXPECT_TRUE(ShapeFolding(test_.source()).layers_to_type());
}

TEST_F(ShapeFoldingTest, TakesAPieceOfAShape) {
  test_ = TestModel();
  test_.input("x", {2, 3, 5, 7});
  auto& node = test_.node("Shape", {"x"}, {"size"});
  for (const auto& [name, value] : {std::pair("start", 1), std::pair("end", -1)}) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  test_.node("Reshape", {"x", "size"}, {"y"});
  test_.output("y");
  const ShapeFolding folding(test_.source());
  const auto size = folding.types().find("size");
  ASSERT_NE(size, folding.types().end());
  EXPECT_EQ(size->second.shape, (base::Shape{2}));
}

// Sequences cannot be inputs of a part: what makes them is asked about again.
TEST_F(ShapeFoldingTest, CarriesSequencesInsideAPart) {
  test_ = TestModel();
  test_.input("x", {2, 6});
  add_integers("first", {0});
  test_.node("SequenceConstruct", {"x"}, {"list"});
  test_.node("Relu", {"x"}, {"a"});
  test_.node("Shape", {"a"}, {"size"});
  test_.node("Reshape", {"a", "size"}, {"b"});
  test_.node("SequenceInsert", {"list", "b"}, {"longer"});
  test_.output("longer");
  ShapeFolding folding(test_.source());
  ASSERT_TRUE(folding.layers_to_type());
  folding.add_types({{"list", {ElementType::Sequence, {}}}, {"a", floats({2, 6})}});
  const auto second = folding.layers_to_type();
  ASSERT_TRUE(second);
  EXPECT_THAT(names_of(second->inputs), UnorderedElementsAre("x", "a"));
  EXPECT_THAT(names_of(second->outputs), UnorderedElementsAre("list", "b", "longer"));
}

}  // namespace
}  // namespace tandem::model
