#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

// y = Relu(x) with x of the given shape.
TestModel relu(const std::vector<std::int64_t>& shape = {1, 4}) {
  TestModel test;
  test.input("x", shape).output("y");
  test.node("Relu", {"x"}, {"y"});
  return test;
}

base::Shape input_shape(const TestModel& test, const ShapeByInput& shapes = {}) {
  return test.source(shapes).with_all_tensors_as_outputs().inputs.at(0).type.shape;
}

TEST(Source, LeavesInitializersThatOldFilesListAsInputsOutOfTheInputs) {
  TestModel test;
  test.proto.set_ir_version(3);
  test.input("x").input("w", {1, 4}).output("y");
  test.weight("w", {1, 4});
  test.node("Add", {"x", "w"}, {"y"});
  const Part part = test.source().with_all_tensors_as_outputs();
  EXPECT_THAT(names_of(part.inputs), ElementsAre("x"));
  EXPECT_EQ(proto_of(part).graph().input_size(), 1);
  EXPECT_GE(proto_of(part).ir_version(), 4) << "below 4 an initializer has to be an input too";
}

TEST(Source, MakesAnUnknownBatchOne) {
  EXPECT_EQ(input_shape(relu({kUnknown, 3})), (base::Shape{1, 3}));
}

TEST(Source, TakesZeroForADimensionUnlessAnotherIsGiven) {
  EXPECT_EQ(input_shape(relu({0, 3})), (base::Shape{0, 3}));
  EXPECT_EQ(input_shape(relu({1, 0, 3})), (base::Shape{1, 0, 3}));
  EXPECT_EQ(input_shape(relu({1, 0, 3}), {{"x", {1, 7, 3}}}), (base::Shape{1, 7, 3}));
}

TEST(Source, TakesForABatchOnlyANameOrAPlaceThatSaysSo) {
  const auto shape_or_message = [](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    TestModel test;
    test.symbolic_input("a", a).symbolic_input("b", b).output("y");
    test.node("Add", {"a", "b"}, {"y"});
    try {
      return base::to_string(input_shape(test));
    } catch (const base::Error& error) {
      return error.message().substr(0, error.message().find(';'));
    }
  };
  EXPECT_EQ(shape_or_message({"s0", "8"}, {"s0", "8"}), "1x8");
  EXPECT_EQ(shape_or_message({"16", "batch_size", "8"}, {"16", "1", "8"}), "16x1x8");
  EXPECT_EQ(shape_or_message({"p", "8"}, {"q", "8"}), "test.onnx: input 'a' is p x 8, of which 'p' is unknown");
  EXPECT_EQ(shape_or_message({"N", "8"}, {"M", "8"}), "test.onnx: input 'b' is M x 8, of which 'M' is unknown");
  EXPECT_EQ(shape_or_message({"sequence", "8"}, {"1", "8"}),
            "test.onnx: input 'a' is sequence x 8, of which 'sequence' is unknown");
  EXPECT_EQ(shape_or_message({"s", "batch", "8"}, {"1", "1", "8"}),
            "test.onnx: input 'a' is s x batch x 8, of which 's' is unknown");
}

TEST(Source, NeedsNoShapeOfAnInputThatNothingReads) {
  TestModel test = relu();
  test.symbolic_input("unread", {"q", "r", "3"});
  EXPECT_EQ(test.source().with_all_tensors_as_outputs().inputs.at(1).type.shape, (base::Shape{1, 1, 3}));
  test.output("unread");
  EXPECT_THAT(message_of([&] { test.source(); }), testing::HasSubstr("'unread' is q x r x 3, of which 'r' is unknown"));
}

TEST(Source, SaysWhichFlagGivesAnUnknownDimension) {
  EXPECT_EQ(message_of([] {
              relu({1, kUnknown, 8, 8}).source();
            }),
            "test.onnx: input 'x' is 1 x ? x 8 x 8, of which '?' is unknown; give its shape: --shape x=1x3x8x8 (for "
            "example)");
  TestModel named;
  named.symbolic_input("x", {"N", "channels"}).output("y");
  named.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(message_of([&] { named.source(); }),
            "test.onnx: input 'x' is N x channels, of which 'channels' is unknown; give its shape: --shape x=1x16 (for "
            "example)");
}

TEST(Source, SaysWhichFlagGivesAnUnknownShape) {
  TestModel test = relu();
  test.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  EXPECT_EQ(message_of([&] { test.source(); }),
            "test.onnx: input 'x' has a shape that the file does not give; give its shape: --shape x=1x3x224x224 (for "
            "example)");
  EXPECT_EQ(input_shape(test, {{"x", {2, 5}}}), (base::Shape{2, 5}));
}

TEST(Source, TakesAGivenShapeThatFits) {
  EXPECT_EQ(input_shape(relu({kUnknown, 3, kUnknown}), {{"x", {2, 3, 7}}}), (base::Shape{2, 3, 7}));
}

TEST(Source, RefusesAGivenShapeThatDoesNotFit) {
  TestModel test;
  test.symbolic_input("x", {"N", "3", "8"}).output("y");
  test.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(message_of([&] {
              test.source({{"x", {1, 4, 8}}});
            }),
            "test.onnx: input 'x': --shape 1x4x8 does not fit the model's N x 3 x 8");
  EXPECT_EQ(message_of([&] {
              test.source({{"x", {1, 3}}});
            }),
            "test.onnx: input 'x': --shape 1x3 does not fit the model's N x 3 x 8");
  EXPECT_EQ(message_of([&] {
              test.source({{"image", {1, 3, 8}}});
            }),
            "test.onnx: --shape names input 'image', expected one of: x");
}

TEST(Source, NamesTheInputsThereAreBeforeItAsksForAShape) {
  EXPECT_EQ(message_of([&] {
              relu({1, kUnknown, 8, 8}).source({{"image", {1, 3, 8, 8}}});
            }),
            "test.onnx: --shape names input 'image', expected one of: x");
}

class SymbolsOfTwoInputs : public testing::Test {
 protected:
  SymbolsOfTwoInputs() {
    test_.symbolic_input("a", {"N", "L"}).symbolic_input("b", {"N", "L", "2"}).symbolic_input("c", {"3", "N"});
    test_.output("y");
    test_.node("Sum", {"a", "b", "c"}, {"y"});
  }
  std::vector<base::Shape> shapes(const ShapeByInput& given) const {
    std::vector<base::Shape> shapes;
    for (const auto& input : test_.source(given).with_all_tensors_as_outputs().inputs)
      shapes.push_back(input.type.shape);
    return shapes;
  }

  TestModel test_;
};

TEST_F(SymbolsOfTwoInputs, AreTheSameWhereverTheyAppear) {
  EXPECT_THAT(shapes({{"a", {5, 7}}}), ElementsAre(base::Shape{5, 7}, base::Shape{5, 7, 2}, base::Shape{3, 5}));
}

TEST_F(SymbolsOfTwoInputs, AreOneWhereTheyNameABatch) {
  EXPECT_THAT(shapes({{"b", {1, 7, 2}}}), ElementsAre(base::Shape{1, 7}, base::Shape{1, 7, 2}, base::Shape{3, 1}));
  TestModel test;
  test.symbolic_input("c", {"3", "N"}).symbolic_input("a", {"N", "2"}).output("y");
  test.node("Sum", {"c", "a"}, {"y"});
  EXPECT_EQ(input_shape(test), (base::Shape{3, 1}));
}

TEST_F(SymbolsOfTwoInputs, CannotBeGivenTwice) {
  EXPECT_EQ(message_of([&] {
              shapes({{"a", {5, 7}}, {"b", {6, 7, 2}}});
            }),
            "test.onnx: input 'b': --shape 6x7x2 makes 'N' 6, another --shape makes it 5");
}

TEST(Source, RefusesWhatIsNoModel) {
  EXPECT_EQ(message_of([] { Source::from_bytes("no model", "x.onnx"); }),
            "x.onnx: not an ONNX model (expected a ModelProto with a graph of nodes)");
  EXPECT_THROW(Source::from_bytes("", "x.onnx"), base::Error);
  EXPECT_THROW(Source::from_bytes(TestModel().proto.SerializeAsString(), "x.onnx"), base::Error);
}

TEST(Source, RefusesInputsThatAreNoTensors) {
  TestModel test = relu();
  test.graph().mutable_input(0)->mutable_type()->mutable_sequence_type();
  EXPECT_EQ(message_of([&] { test.source(); }), "test.onnx: input 'x': expected a tensor, found another kind of value");
}

TEST(Source, RefusesGiantShapesBeforeAnythingIsAllocated) {
  EXPECT_THROW(relu({1, 1 << 30, 1 << 30}).source(), base::Error);
  TestModel test = relu();
  test.typed_weight("w", {1 << 30, 1 << 30, 1 << 30}, onnx::TensorProto::FLOAT);
  EXPECT_THROW(test.source(), base::Error);
}

TEST(Source, ReadsNodesInAnyOrder) {
  TestModel test;
  test.input("x").output("c");
  test.node("Relu", {"b"}, {"c"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Abs", {"x"}, {"a"});
  EXPECT_THAT(layer_names(test.model()), ElementsAre("a", "b", "c"));
}

TEST(Source, RefusesCycles) {
  TestModel test;
  test.input("x").output("b");
  test.node("Add", {"x", "b"}, {"a"});
  test.node("Relu", {"a"}, {"b"});
  EXPECT_EQ(message_of([&] { test.source(); }), "test.onnx: the graph has a cycle");
}

TEST(Source, RefusesTensorsThatNothingMakes) {
  TestModel test = relu();
  test.node("Add", {"x", "ghost"}, {"z"});
  EXPECT_EQ(message_of([&] { test.source(); }), "test.onnx: node 'z' (Add) reads tensor 'ghost', which nothing makes");
  TestModel answer = relu();
  answer.output("ghost");
  EXPECT_EQ(message_of([&] { answer.source(); }),
            "test.onnx: the model's output list reads tensor 'ghost', which nothing makes");
}

TEST(Source, RefusesTensorsThatAreDefinedTwice) {
  const auto message = [](const std::function<void(TestModel&)>& spoil) {
    TestModel test = relu();
    test.weight("w", {1, 4});
    spoil(test);
    return message_of([&] { test.source(); });
  };
  EXPECT_EQ(message([](TestModel& test) { test.node("Tanh", {"x"}, {"y"}); }),
            "test.onnx: tensor 'y' is defined twice");
  EXPECT_EQ(message([](TestModel& test) { test.node("Tanh", {"x"}, {"x"}); }),
            "test.onnx: tensor 'x' is defined twice");
  EXPECT_EQ(message([](TestModel& test) { test.node("Tanh", {"x"}, {"w"}); }),
            "test.onnx: tensor 'w' is defined twice");
  EXPECT_EQ(message([](TestModel& test) { test.weight("w", {1}); }), "test.onnx: initializer 'w' is defined twice");
  EXPECT_EQ(message([](TestModel& test) { test.input("x"); }), "test.onnx: tensor 'x' is defined twice");
  EXPECT_EQ(message([](TestModel& test) { test.output("y"); }), "test.onnx: output 'y' is listed twice");
}

TEST(Source, ErrorsAreOneLineWhateverTheNames) {
  TestModel test = relu();
  test.node("Add", {"x", "two\nlines"}, {"z"});
  EXPECT_EQ(message_of([&] { test.source(); }).find('\n'), std::string::npos);
}

TEST(Source, DropsNodesThatNoOutputNeeds) {
  TestModel test = relu();
  test.node("Tanh", {"x"}, {"unused"});
  EXPECT_THAT(layer_names(test.model()), ElementsAre("y"));
}

TEST(Source, RefusesAModelWhoseOutputsAreConstant) {
  TestModel test;
  test.input("x").output("y");
  test.weight("w", {1, 4});
  test.node("Relu", {"w"}, {"y"});
  EXPECT_EQ(message_of([&] { test.model(); }), "test.onnx: no output depends on an input, so there is nothing to run");
}

}  // namespace
}  // namespace tandem::model
