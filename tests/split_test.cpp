// A model computes the same whole and split, wherever it is split: what all else rests on.
#include <gtest/gtest.h>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/test_models.h"
#include "zoo/zoo.h"

namespace tandem {
namespace {

using model::TestModel;

constexpr double kTolerance = 1e-5;

engine::Engine& shared_engine() {
  static const auto instance = engine::onnx_runtime({.threads = 1});
  return *instance;
}

void expect_splits_compute_the_same(const model::Model& model, std::size_t fewest_cuts) {
  engine::SplitVerifier verifier(model, shared_engine());
  EXPECT_GE(model.cuts().size(), fewest_cuts);
  for (const auto& cut : model.cuts()) EXPECT_LE(verifier.difference_at(cut.position), kTolerance) << cut.position;
}

model::Model complete(const TestModel& test) {
  return engine::complete(test.source(), shared_engine());
}

class ZooSplit : public testing::TestWithParam<const char*> {};

TEST_P(ZooSplit, ComputesTheSameAtEveryCut) {
  const auto source = model::Source::from_part(zoo::build(GetParam()), GetParam());
  const model::Model model = engine::complete(source, shared_engine());
  expect_splits_compute_the_same(model, model.graph().layers.size() - 1);
}

INSTANTIATE_TEST_SUITE_P(Networks, ZooSplit, testing::Values("lenet5", "alexnet5"));

TEST(Alexnet5, HasAOneTensorCutAtEachLayerOfItsTrunk) {
  const auto source = model::Source::from_part(zoo::build("alexnet5"), "alexnet5");
  const model::Model model = engine::complete(source, shared_engine());
  ASSERT_EQ(model.exits().size(), 5u);
  std::set<std::string> cut_tensors;
  for (const auto& cut : model.cuts()) {
    if (cut.tensors.size() == 1) cut_tensors.insert(model.graph().tensors[cut.tensors[0]].name);
  }
  for (const auto& layer : model.graph().layers) {
    const std::string& output = model.graph().tensors.at(layer.outputs.at(0)).name;
    if (output.starts_with("exit")) continue;
    EXPECT_TRUE(cut_tensors.contains(output)) << output;
  }
}

// Which engines refuse.
TEST(Split, TakesNodesOfOneName) {
  TestModel test;
  test.input("x").output("c");
  test.node("Relu", {"x"}, {"a"}).set_name("layer");
  test.node("Neg", {"a"}, {"b"}).set_name("layer");
  test.node("Abs", {"b"}, {"c"}).clear_name();
  expect_splits_compute_the_same(complete(test), 2);
}

// y = If(sum(x) > 0): then a + w, else a − b.
TestModel with_branches() {
  TestModel test;
  test.input("x").output("y");
  test.weight("w", {1, 4});
  test.weight("zero", {}).mutable_raw_data()->assign(4, '\0');
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"x"}, {"b"});
  TestModel::add_attribute(test.node("ReduceSum", {"x"}, {"sum"}), "keepdims", 0);
  test.node("Greater", {"sum", "zero"}, {"condition"});
  auto& node = test.node("If", {"condition"}, {"choice"});
  auto& then_branch = TestModel::add_subgraph(node, "then_branch");
  TestModel::fill_node(*then_branch.add_node(), "Add", {"a", "w"}, {"then_y"});
  then_branch.add_output()->set_name("then_y");
  auto& else_branch = TestModel::add_subgraph(node, "else_branch");
  TestModel::fill_node(*else_branch.add_node(), "Sub", {"a", "b"}, {"else_y"});
  else_branch.add_output()->set_name("else_y");
  for (auto* branch : {&then_branch, &else_branch})
    branch->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  test.node("Sigmoid", {"choice"}, {"y"});
  return test;
}

TEST(Split, ComputesTheSameWithAnIf) {
  const model::Model model = complete(with_branches());
  EXPECT_EQ(model.graph().layers.size(), 6u);
  expect_splits_compute_the_same(model, 5);
}

// Three times state = state + a, then tanh. No cut behind the loop: the body does not say the shape of its state.
TEST(Split, ComputesTheSameWithALoop) {
  TestModel test;
  test.input("x").output("y");
  test.typed_weight("count", {}, onnx::TensorProto::INT64).add_int64_data(3);
  test.node("Relu", {"x"}, {"a"});
  test.node("Abs", {"x"}, {"start"});
  auto& node = test.node("Loop", {"count", "", "start"}, {"end"});
  auto& body = TestModel::add_subgraph(node, "body");
  const std::vector<std::pair<std::string, int>> inputs = {
      {"i", onnx::TensorProto::INT64}, {"go", onnx::TensorProto::BOOL}, {"state", onnx::TensorProto::FLOAT}};
  for (const auto& [name, element] : inputs) {
    body.add_input()->set_name(name);
    auto* type = body.mutable_input(body.input_size() - 1)->mutable_type()->mutable_tensor_type();
    type->set_elem_type(element);
    if (element != onnx::TensorProto::FLOAT) type->mutable_shape();
  }
  TestModel::fill_node(*body.add_node(), "Identity", {"go"}, {"go_on"});
  TestModel::fill_node(*body.add_node(), "Add", {"state", "a"}, {"next"});
  const std::vector<std::pair<std::string, int>> outputs = {{"go_on", onnx::TensorProto::BOOL},
                                                            {"next", onnx::TensorProto::FLOAT}};
  for (const auto& [name, element] : outputs) {
    body.add_output()->set_name(name);
    body.mutable_output(body.output_size() - 1)->mutable_type()->mutable_tensor_type()->set_elem_type(element);
  }
  test.node("Tanh", {"end"}, {"y"});
  expect_splits_compute_the_same(complete(test), 2);
}

// Booleans and integers cross the cuts, beside a second input and a second answer.
TEST(Split, ComputesTheSameWithIntegersAndBooleansAcrossTheCut) {
  TestModel test;
  test.input("x").input("shift", {1, 4}, onnx::TensorProto::INT64).output("largest").output("y");
  test.node("ArgMax", {"x"}, {"largest"});
  TestModel::add_attribute(*test.graph().mutable_node(0), "axis", 1);
  test.node("Add", {"largest", "shift"}, {"moved"});
  test.node("Equal", {"moved", "shift"}, {"is_same"});
  test.node("Where", {"is_same", "x", "x2"}, {"chosen"});
  test.node("Neg", {"x"}, {"x2"});
  test.node("Exp", {"chosen"}, {"y"});
  expect_splits_compute_the_same(complete(test), 5);
}

TEST(Split, ComputesTheSameWithALocalFunction) {
  TestModel test;
  test.input("x").output("y");
  test.proto.add_opset_import()->set_domain("local");
  test.proto.mutable_opset_import(1)->set_version(1);
  auto& function = *test.proto.add_functions();
  function.set_name("Twice");
  function.set_domain("local");
  function.add_input("v");
  function.add_output("doubled");
  function.add_opset_import()->set_version(13);
  TestModel::fill_node(*function.add_node(), "Add", {"v", "v"}, {"doubled"});
  test.node("Twice", {"x"}, {"a"}).set_domain("local");
  test.node("Relu", {"a"}, {"b"});
  test.node("Twice", {"b"}, {"y"}).set_domain("local");
  expect_splits_compute_the_same(complete(test), 2);
}

TEST(Split, ComputesTheSameWithConstantsThatBothSidesNeed) {
  TestModel test;
  test.input("x").output("y");
  test.weight("w", {1, 4});
  test.node("Exp", {"w"}, {"grown"});
  test.node("Mul", {"x", "grown"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Add", {"b", "grown"}, {"y"});
  const model::Model model = complete(test);
  EXPECT_EQ(model.graph().layers.size(), 3u);
  expect_splits_compute_the_same(model, 2);
}

}  // namespace
}  // namespace tandem
