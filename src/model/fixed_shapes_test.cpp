#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::Contains;
using testing::Not;

// `x` is float32 [1, 4].
class FixedShapes : public testing::Test {
 protected:
  FixedShapes() { test_.input("x"); }

  // Makes every tensor an output, so that none is dropped.
  std::set<std::string> fixed(const std::set<std::string>& inferred = {}) {
    for (const auto& node : test_.graph().node()) {
      for (const auto& name : node.output()) test_.output(name);
    }
    return test_.source().fixed_shapes(inferred);
  }

  void integers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor = test_.typed_weight(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const auto value : values) tensor.add_int64_data(value);
  }

  TestModel test_;
};

TEST_F(FixedShapes, FollowFromShapesOfInputs) {
  test_.weight("w", {4, 8});
  test_.node("MatMul", {"x", "w"}, {"a"});
  test_.node("Softmax", {"a"}, {"b"});
  EXPECT_THAT(fixed(), testing::ElementsAre("a", "b"));
}

TEST_F(FixedShapes, EndWhereTheNumberOfResultsDependsOnValues) {
  for (const char* op_type : {"NonZero", "Unique", "NonMaxSuppression"}) {
    test_ = TestModel();
    test_.input("x").input("scores");
    test_.node("Relu", {"x"}, {"a"});
    test_.node(op_type, {"a", "scores"}, {"found"});
    test_.node("Cast", {"found"}, {"numbers"});
    EXPECT_THAT(fixed(), testing::ElementsAre("a")) << op_type;
  }
}

TEST_F(FixedShapes, FollowFromArithmeticOnShapes) {
  integers("zero", {0});
  integers("minus_one", {-1});
  test_.node("Shape", {"x"}, {"size"});
  test_.node("Gather", {"size", "zero"}, {"rows"});
  test_.node("Concat", {"rows", "minus_one"}, {"shape"});
  test_.node("Reshape", {"x", "shape"}, {"flat"});
  EXPECT_THAT(fixed(), Contains("flat"));
}

TEST_F(FixedShapes, EndWhereAShapeIsComputedFromValues) {
  test_.input("wanted", {2}, onnx::TensorProto::INT64);
  test_.node("Reshape", {"x", "wanted"}, {"by_input"});
  test_.node("ReduceMax", {"x"}, {"largest"});
  test_.node("Cast", {"largest"}, {"k"});
  test_.node("TopK", {"x", "k"}, {"top", "places"});
  const auto names = fixed();
  EXPECT_THAT(names, Contains("k")) << "its value is unknown, its shape is not";
  for (const char* name : {"by_input", "top", "places"}) EXPECT_THAT(names, Not(Contains(name)));
}

TEST_F(FixedShapes, DoNotDependOnValuesThatOnlyFillThem) {
  test_.input("wanted", {2}, onnx::TensorProto::INT64);
  integers("shape", {2, 2});
  test_.node("Reshape", {"x", "shape"}, {"square"});
  test_.node("Gather", {"square", "wanted"}, {"picked"});
  EXPECT_THAT(fixed(), testing::ElementsAre("picked", "square"));
}

TEST_F(FixedShapes, OfRandomTensorsAreFixedTheirValuesNot) {
  test_.node("RandomNormalLike", {"x"}, {"noise"});
  test_.node("RandomUniform", {}, {"count"});
  test_.node("ConstantOfShape", {"count"}, {"filled"});
  EXPECT_THAT(fixed(), testing::ElementsAre("count", "noise"));
}

TEST_F(FixedShapes, GoOnBehindATensorThatTheEngineKnows) {
  test_.node("NonZero", {"x"}, {"found"});
  test_.node("Cast", {"found"}, {"numbers"});
  EXPECT_THAT(fixed({"found"}), testing::ElementsAre("found", "numbers"));
}

TEST_F(FixedShapes, EndAtOperatorsThatAreNotKnown) {
  test_.node("Mystery", {"x"}, {"a"});
  test_.node("Relu", {"x"}, {"b"}).set_domain("com.example");
  test_.node("Loop", {"", "", "x"}, {"c"});
  EXPECT_THAT(fixed(), testing::IsEmpty());
}

TEST_F(FixedShapes, FollowThroughSequencesWithKnownPositions) {
  integers("first", {0});
  test_.input("place", {}, onnx::TensorProto::INT64);
  test_.node("SplitToSequence", {"x"}, {"parts"});
  test_.node("SequenceAt", {"parts", "first"}, {"one"});
  test_.node("SequenceAt", {"parts", "place"}, {"another"});
  test_.node("SequenceLength", {"parts"}, {"count"});
  test_.node("Expand", {"one", "count"}, {"wide"});
  EXPECT_THAT(fixed(), testing::ElementsAre("count", "one", "parts", "wide"));
}

class Branches : public FixedShapes {
 protected:
  // y = If(condition): then Relu(x), else NonZero(x) or Tanh(x).
  std::set<std::string> fixed_with(const std::string& condition, const std::string& otherwise) {
    auto& node = test_.node("If", {condition}, {"y"});
    for (const auto& [branch, op_type] : {std::pair<std::string, std::string>{"then", "Relu"}, {"else", otherwise}}) {
      auto& graph = TestModel::add_subgraph(node, branch + "_branch");
      TestModel::fill_node(*graph.add_node(), op_type, {"x"}, {branch});
      graph.add_output()->set_name(branch);
    }
    return fixed();
  }
};

TEST_F(Branches, AreFollowedWhereTheConditionIsKnown) {
  test_.node("Shape", {"x"}, {"size"});
  test_.node("Equal", {"size", "size"}, {"condition"});
  EXPECT_THAT(fixed_with("condition", "Tanh"), Contains("y"));
}

TEST_F(Branches, AreNotFollowedIntoShapesThatDependOnValues) {
  test_.node("Shape", {"x"}, {"size"});
  test_.node("Equal", {"size", "size"}, {"condition"});
  EXPECT_THAT(fixed_with("condition", "NonZero"), Not(Contains("y")));
}

TEST_F(Branches, AreNotFollowedWhereAnInputDecides) {
  test_.input("condition", {}, onnx::TensorProto::BOOL);
  EXPECT_THAT(fixed_with("condition", "Tanh"), Not(Contains("y")));
}

}  // namespace
}  // namespace tandem::model
