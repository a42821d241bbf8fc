#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/builder.h"
#include "model/cuts.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// a = x + w; b = a · sqrt(w); c = b + sqrt(w)
TestModel shared_constant() {
  TestModel test;
  test.input("x").output("c");
  test.weight("w", {1, 4});
  test.node("Sqrt", {"w"}, {"root"});
  test.node("Add", {"x", "w"}, {"a"});
  test.node("Mul", {"a", "root"}, {"b"});
  test.node("Add", {"b", "root"}, {"c"});
  return test;
}

TEST(Extract, DuplicatesConstantsIntoEachStageThatNeedsThem) {
  const Model model = shared_constant().model({"a", "b", "c"});
  EXPECT_THAT(op_types_of(model.extract(0, 1)), UnorderedElementsAre("Add"));
  EXPECT_THAT(op_types_of(model.extract(1, 2)), UnorderedElementsAre("Sqrt", "Mul"));
  EXPECT_THAT(op_types_of(model.extract(2, 3)), UnorderedElementsAre("Sqrt", "Add"));
  EXPECT_THAT(names_of(model.extract(2, 3).inputs), ElementsAre("b"));
}

TEST(Extract, KeepsTheOutputsThatAreAskedFor) {
  const Model model = shared_constant().model({"a", "b", "c"});
  const Part part = model.extract(0, 1);
  EXPECT_THAT(names_of(with_outputs(part, {"a"}).outputs), ElementsAre("a"));
  EXPECT_THAT(op_types_of(with_outputs(part, {})), UnorderedElementsAre("Add"));
  EXPECT_THAT(with_outputs(part, {}).outputs, testing::IsEmpty());
  EXPECT_THROW(with_outputs(part, {"b"}), base::Error);
}

TEST(Extract, KnowsTheLayersThatATensorDependsOn) {
  TestModel test;
  test.input("x").output("d");
  test.node("Relu", {"x"}, {"a"});
  test.node("Neg", {"a"}, {"b"});
  test.node("Abs", {"a"}, {"c"});
  test.node("Add", {"b", "c"}, {"d"});
  const Graph graph = test.model({"a", "b", "c", "d"}).graph();
  EXPECT_THAT(layers_for(graph, {}), testing::IsEmpty());
  EXPECT_THAT(layers_for(graph, {3}), ElementsAre(LayerRange{0, 1}, LayerRange{2, 3})) << graph.tensors[3].name;
  EXPECT_THAT(layers_for(graph, {4}), ElementsAre(LayerRange{0, 4}));
}

TEST(Extract, NeverDuplicatesRandomOperators) {
  TestModel test;
  test.input("x").output("c");
  test.node("RandomNormal", {}, {"noise"});
  test.node("Add", {"x", "noise"}, {"b"});
  test.node("Add", {"b", "noise"}, {"c"});
  const Model model = test.model({"noise", "b", "c"});
  EXPECT_EQ(model.graph().layers.size(), 3u);
  EXPECT_THAT(names_of(model.extract(2, 3).inputs), UnorderedElementsAre("noise", "b"));
  EXPECT_THAT(op_types_of(model.extract(2, 3)), UnorderedElementsAre("Add"));
}

void add_random_function(TestModel& test) {
  test.proto.add_opset_import()->set_domain("local");
  test.proto.mutable_opset_import(1)->set_version(1);
  auto& function = *test.proto.add_functions();
  function.set_name("Noise");
  function.set_domain("local");
  function.add_output("n");
  function.add_opset_import()->set_version(13);
  TestModel::fill_node(*function.add_node(), "RandomNormal", {}, {"n"});
}

TEST(Extract, NeverDuplicatesFunctionsWithRandomOperatorsInside) {
  TestModel test;
  test.input("x").output("c");
  add_random_function(test);
  test.node("Noise", {}, {"noise"}).set_domain("local");
  test.node("Add", {"x", "noise"}, {"b"});
  test.node("Add", {"b", "noise"}, {"c"});
  EXPECT_EQ(test.model().graph().layers.size(), 3u);
}

TEST(Extract, KeepsLocalFunctions) {
  TestModel test;
  test.input("x").output("b");
  add_random_function(test);
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  const auto proto = proto_of(test.model({"a", "b"}).extract(1, 2));
  ASSERT_EQ(proto.functions_size(), 1);
  EXPECT_EQ(proto.functions(0).name(), "Noise");
  EXPECT_EQ(proto.opset_import_size(), 2);
}

// y = If(condition): then a + w, else a − b, with a, b and w from outside.
TestModel with_branches() {
  TestModel test;
  test.input("x").input("condition", {}, onnx::TensorProto::BOOL).output("y");
  test.weight("w", {1, 4});
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"x"}, {"b"});
  auto& node = test.node("If", {"condition"}, {"y"});
  auto& then_branch = TestModel::add_subgraph(node, "then_branch");
  TestModel::fill_node(*then_branch.add_node(), "Add", {"a", "w"}, {"then_y"});
  then_branch.add_output()->set_name("then_y");
  auto& else_branch = TestModel::add_subgraph(node, "else_branch");
  TestModel::fill_node(*else_branch.add_node(), "Sub", {"a", "b"}, {"else_y"});
  else_branch.add_output()->set_name("else_y");
  return test;
}

TEST(Extract, CountsWhatSubgraphsCaptureAsInputs) {
  const Model model = with_branches().model({"a", "b", "y"});
  const auto& layer = model.graph().layers.back();
  EXPECT_EQ(layer.op_type, "If");
  EXPECT_THAT(names_of(model.graph(), layer.inputs), UnorderedElementsAre("condition", "a", "b"));
  const Part stage = model.extract(2, 3);
  EXPECT_THAT(names_of(stage.inputs), UnorderedElementsAre("condition", "a", "b"));
  EXPECT_EQ(proto_of(stage).graph().initializer(0).name(), "w");
}

TEST(Extract, DoesNotTakeASubgraphsOwnNamesForCaptures) {
  TestModel test;
  test.input("x").input("count", {}, onnx::TensorProto::INT64).output("y");
  auto& node = test.node("Loop", {"count", "", "x"}, {"y"});
  auto& body = TestModel::add_subgraph(node, "body");
  for (const char* name : {"i", "go", "state"}) body.add_input()->set_name(name);
  TestModel::fill_node(*body.add_node(), "Identity", {"go"}, {"go_on"});
  TestModel::fill_node(*body.add_node(), "Add", {"state", "x"}, {"next"});
  for (const char* name : {"go_on", "next"}) body.add_output()->set_name(name);
  const Model model = test.model({"y"});
  EXPECT_THAT(names_of(model.graph(), model.graph().layers[0].inputs), UnorderedElementsAre("count", "x"));
}

TEST(Extract, OutputsWhatLaterStagesAndTheUserNeed) {
  TestModel test;
  test.input("x").output("a").output("c");
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Add", {"a", "b"}, {"c"});
  const Model model = test.model({"a", "b", "c"});
  EXPECT_THAT(names_of(model.extract(0, 2).outputs), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(names_of(model.extract(1, 2).outputs), ElementsAre("b"));
  EXPECT_THAT(names_of(model.whole().outputs), ElementsAre("a", "c"));
}

TEST(Extract, AnswersConstantOutputsFromTheLastStage) {
  TestModel test;
  test.input("x").output("b").output("constant");
  test.weight("w", {1, 4});
  test.node("Sqrt", {"w"}, {"constant"});
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  const Model model = test.model({"a", "b"});
  EXPECT_THAT(names_of(model.extract(0, 1).outputs), ElementsAre("a"));
  EXPECT_THAT(names_of(model.extract(1, 2).outputs), ElementsAre("b", "constant"));
  EXPECT_THAT(model.graph().outputs, ElementsAre("b", "constant"));
  EXPECT_THAT(names_of(model.whole().outputs), ElementsAre("b", "constant"));
}

// ONNX's checker refuses outputs without a type.
TEST(Extract, DeclaresTheTypeOfEveryOutput) {
  TestModel test;
  test.input("x").output("b").output("constant").output("open").output("list");
  test.weight("constant", {1, 4});
  test.node("Relu", {"x"}, {"b"});
  test.node("NonZero", {"x"}, {"open"});
  test.node("SplitToSequence", {"x"}, {"list"});
  auto& sequence = *test.graph().mutable_output(3)->mutable_type()->mutable_sequence_type();
  sequence.mutable_elem_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  const base::TensorType vector{base::ElementType::Float32, {1, 4}};
  const Model model(test.source(), {{"b", vector},
                                    {"constant", vector},
                                    {"open", {base::ElementType::Int64, {2, base::kUnknownDimension}}},
                                    {"list", {base::ElementType::Sequence, {}}}});
  const auto outputs = proto_of(model.whole()).graph().output();
  EXPECT_EQ(outputs[0].type().tensor_type().shape().dim_size(), 2);
  EXPECT_EQ(outputs[1].type().tensor_type().shape().dim_size(), 2);
  EXPECT_EQ(outputs[2].type().tensor_type().elem_type(), onnx::TensorProto::INT64);
  EXPECT_TRUE(outputs[3].type().has_sequence_type());
  EXPECT_THAT(model.graph().outputs, ElementsAre("b", "constant", "open")) << "a sequence is not answered";
}

TEST(Extract, CountsAnInputThatIsAnOutputAmongTheOutputs) {
  TestModel test;
  test.input("x").output("y").output("x");
  test.node("Relu", {"x"}, {"y"});
  const Model model = test.model({"y"});
  EXPECT_THAT(names_of(model.output_types()), ElementsAre("y", "x"));
  EXPECT_THAT(model.graph().outputs, ElementsAre("y")) << "no part makes the other";
  EXPECT_THAT(names_of(model.whole().outputs), ElementsAre("y"));
}

TEST(Extract, RefusesEmptyAndImpossibleRanges) {
  const Model model = shared_constant().model();
  EXPECT_THAT(message_of([&] { (void)model.extract(1, 1); }), HasSubstr("stage [1, 1) of 3 layers"));
  EXPECT_THROW((void)model.extract(0, 4), base::Error);
}

// x → a → b → c → answer; a is read by c too.
TEST(Extract, TakesSeveralRangesAsOnePart) {
  TestModel test;
  test.input("x").output("answer");
  test.node("Tanh", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Add", {"a", "b"}, {"c"});
  test.node("Tanh", {"c"}, {"answer"});
  const Model model = test.model({"a", "b", "c", "answer"});
  const Part part = model.extract({{0, 1}, {2, 4}});
  EXPECT_THAT(names_of(part.inputs), ElementsAre("x", "b"));
  EXPECT_THAT(names_of(part.outputs), ElementsAre("a", "answer"));
  EXPECT_THAT(op_types_of(part), UnorderedElementsAre("Tanh", "Add", "Tanh"));
}

TEST(Extract, RefusesRangesThatAreNotAscendingAndApart) {
  const Model model = shared_constant().model({"a", "b", "c"});
  EXPECT_THROW(model.extract({{1, 2}, {0, 1}}), base::Error);
  EXPECT_THROW(model.extract({{0, 2}, {1, 3}}), base::Error);
  EXPECT_THROW(model.extract(std::vector<LayerRange>{}), base::Error);
}

TEST(Extract, SharesTheWeightsOfTheModel) {
  TestModel test;
  test.input("x", {kSmallestWeightBytes}).output("b");
  test.weight("w", {kSmallestWeightBytes});
  test.node("Add", {"x", "w"}, {"a"});
  test.node("Mul", {"a", "w"}, {"b"});
  const Model model = test.model();
  EXPECT_EQ(model.extract(0, 1).weights.at(0).tensor.bytes().data(),
            model.extract(1, 2).weights.at(0).tensor.bytes().data());
}

TEST(Extract, KeepsExitsOnlyInTheWhole) {
  TestModel test = shared_constant();
  test.output("a");
  auto* entry = test.proto.add_metadata_props();
  entry->set_key("tandem.exits");
  entry->set_value("a,c");
  const Model model = test.model({"a", "b", "c"});
  EXPECT_THAT(model.exits(), ElementsAre("a", "c"));
  EXPECT_EQ(proto_of(model.whole()).metadata_props_size(), 1);
  EXPECT_EQ(proto_of(model.extract(0, 1)).metadata_props_size(), 0);
}

TEST(Metadata, IsReadFromAModelAndAddedToAPart) {
  const Part part = with_metadata(shared_constant().model({"a", "b", "c"}).whole(), kLabelsKey, R"(["cat"])");
  const Source source = Source::from_part(part, "labelled");
  EXPECT_EQ(source.metadata(kLabelsKey), R"(["cat"])");
  EXPECT_EQ(source.metadata(kInputKey), std::nullopt);
}

// External data anywhere but beside the graph would have the engine open files of the machine that it runs on.
TEST(CheckPart, RefusesExternalDataThatIsNotAmongItsWeights) {
  TestModel test;
  test.input("x").output("y");
  auto& weight = test.weight("w", {1, 4});
  test.node("Add", {"x", "w"}, {"y"});
  Part part{test.proto.SerializeAsString(), {}, {}, {}};
  EXPECT_NO_THROW(check_part(part));
  weight.clear_raw_data();
  weight.set_data_location(onnx::TensorProto::EXTERNAL);
  part.graph = test.proto.SerializeAsString();
  EXPECT_THAT(message_of([&] { check_part(part); }), HasSubstr("'w'"));
  part.weights = {{"w", base::Tensor::allocate({base::ElementType::Float32, {1, 4}})}};
  EXPECT_NO_THROW(check_part(part));
}

TEST(CheckPart, LooksIntoSubgraphsAttributesAndFunctions) {
  const auto is_refused = [](const std::function<onnx::TensorProto*(TestModel&)>& place) {
    TestModel test = with_branches();
    auto* tensor = place(test);
    tensor->set_name("hidden");
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    const Part part{test.proto.SerializeAsString(), {}, {}, {}};
    return message_of([&] { check_part(part); }).find("'hidden'") != std::string::npos;
  };
  EXPECT_TRUE(is_refused([](TestModel& test) {
    return test.graph().mutable_node(2)->mutable_attribute(0)->mutable_g()->add_initializer();
  }));
  EXPECT_TRUE(is_refused([](TestModel& test) { return test.graph().mutable_node(0)->add_attribute()->mutable_t(); }));
  EXPECT_TRUE(is_refused(
      [](TestModel& test) { return test.proto.add_functions()->add_node()->add_attribute()->add_tensors(); }));
  EXPECT_TRUE(is_refused([](TestModel& test) { return test.graph().add_sparse_initializer()->mutable_values(); }));
}

}  // namespace
}  // namespace tandem::model
