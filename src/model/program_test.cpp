#include "model/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/builder.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

Tensor floats(base::Shape shape, float value) {
  std::vector<float> values(base::element_count(shape), value);
  return Tensor::of<float>({ElementType::Float32, std::move(shape)}, values);
}

// x → Gemm with a large and a small weight → Relu → y; z is no output, and no node reads it.
TestModel two_layers() {
  TestModel test;
  test.symbolic_input("x", {"N", "300"});
  test.weight("large", {300, 4});
  test.weight("small", {4});
  TestModel::add_attribute(test.node("Gemm", {"x", "large", "small"}, {"g"}), "transB", 0);
  test.node("Relu", {"g"}, {"y"});
  test.node("Exp", {"g"}, {"z"});
  return test.output("y");
}

TEST(Program, HoldsTheNodesThatAnOutputNeedsAndAllTheirWeights) {
  const Program program = read_program(two_layers().source());
  ASSERT_EQ(program.nodes.size(), 2u);
  EXPECT_EQ(program.nodes[0].op_type, "Gemm");
  EXPECT_THAT(program.nodes[0].inputs, ElementsAre("x", "large", "small"));
  EXPECT_EQ(program.nodes[0].integer("transB", 7), 0);
  EXPECT_EQ(program.opset, 13);
  EXPECT_EQ(program.weights.at("large").shape(), (base::Shape{300, 4}));
  EXPECT_EQ(program.weights.at("small").values<float>()[3], 0.5f);
  EXPECT_THAT(program.outputs, ElementsAre("y"));
}

TEST(Program, ReadsConstantsAsTensors) {
  GraphBuilder builder("constants");
  builder.input("x", {ElementType::Float32, {1, 4}});
  builder.constant("half", floats({4}, 0.5f));
  builder.node("Mul", {"x", "half"}, {}, "y");
  builder.output("y", {ElementType::Float32, {1, 4}});
  const Program program = read_program(Source::from_part(builder.finish(), "constants"));
  const Attribute* value = program.nodes[0].find("value");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(std::get<Tensor>(value->value).values<float>()[0], 0.5f);
}

TEST(Program, TakesAllOutputsForExitsUnlessTheMetadataNamesThem) {
  TestModel test = two_layers();
  test.output("z").output("g");
  EXPECT_THAT(read_program(test.source()).exits, ElementsAre("g", "y", "z"));
  auto& entry = *test.proto.add_metadata_props();
  entry.set_key("tandem.exits");
  entry.set_value("y,g");
  EXPECT_THAT(read_program(test.source()).exits, ElementsAre("g", "y"));
}

TEST(Program, HasTheExitsOfAModelInItsOrder) {
  TestModel test = two_layers();
  test.weight("kernel", {4, 4});
  test.node("Relu", {"g"}, {"head1"});
  test.node("Relu", {"head1"}, {"early"});
  test.node("MatMul", {"g", "kernel"}, {"late"});
  test.output("late").output("early");
  test.graph().mutable_output()->DeleteSubrange(0, 1);  // y
  const Model model = test.model({"g", "head1", "early", "late"});
  EXPECT_THAT(read_program(model).exits, ElementsAre("early", "late"));
  EXPECT_EQ(read_program(model).exits, exits_of(model));
}

TEST(Program, RefusesExitsThatAreNoOutputs) {
  TestModel test = two_layers();
  auto& entry = *test.proto.add_metadata_props();
  entry.set_key("tandem.exits");
  entry.set_value("g,y");
  EXPECT_THAT(message_of([&] { read_program(test.source()); }), HasSubstr("names 'g', expected outputs"));
}

TEST(Program, NamesTheNodeWhoseAttributesItCannotHold) {
  TestModel test = two_layers();
  TestModel::add_subgraph(test.node("If", {"y"}, {"branch"}), "then_branch").add_output()->set_name("y");
  test.output("branch");
  EXPECT_THAT(message_of([&] { read_program(test.source()); }),
              HasSubstr("node 'branch' (If): attribute 'then_branch'"));
}

TEST(Program, SaysWhichAttributeIsOfAnotherType) {
  const Program program = read_program(two_layers().source());
  EXPECT_EQ(message_of([&] { (void)program.nodes[0].text("transB", ""); }),
            "node 'g' (Gemm): attribute 'transB' is not a text");
  EXPECT_EQ(program.nodes[0].text("missing", "otherwise"), "otherwise");
}

TEST(GrownModel, IsTheSameGraphWithOtherWeights) {
  GraphBuilder builder(two_layers().source());
  builder.replace_weight("large", floats({300, 4}, 2));
  builder.replace_weight("small", floats({4}, 3));
  const Program program = read_program(Source::from_part(builder.finish(), "grown"));
  EXPECT_EQ(program.weights.at("large").values<float>()[1199], 2);
  EXPECT_EQ(program.weights.at("small").values<float>()[0], 3);
  EXPECT_EQ(program.nodes.size(), 2u);
}

TEST(GrownModel, KeepsTheBatchThatTheFileLeavesOpen) {
  const auto proto = proto_of(GraphBuilder(two_layers().source()).finish());
  EXPECT_EQ(proto.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
}

TEST(GrownModel, HasANewOutputThatReadsAnOldTensor) {
  GraphBuilder builder(two_layers().source());
  builder.node("Softmax", {"g"}, {{"axis", std::int64_t{1}}}, "exit");
  builder.output("exit", {ElementType::Float32, {1, 4}});
  builder.metadata("tandem.exits", "exit,y");
  const Program program = read_program(Source::from_part(builder.finish(), "grown"));
  EXPECT_THAT(program.outputs, ElementsAre("y", "exit"));
  EXPECT_THAT(program.exits, ElementsAre("exit", "y"));
}

TEST(GrownModel, RefusesWeightsThatDoNotFit) {
  GraphBuilder builder(two_layers().source());
  EXPECT_THAT(message_of([&] { builder.replace_weight("large", floats({4, 300}, 1)); }), HasSubstr("type or shape"));
  EXPECT_THAT(message_of([&] { builder.replace_weight("absent", floats({4}, 1)); }), HasSubstr("no weight 'absent'"));
}

}  // namespace
}  // namespace tandem::model
