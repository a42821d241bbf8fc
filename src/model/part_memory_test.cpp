#include "model/part_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/onnx_contents.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

std::vector<std::string> outputs_of(const std::optional<Part>& part) {
  std::vector<std::string> names;
  if (part) {
    for (const auto& output : part->outputs) names.push_back(output.name);
  }
  return names;
}

Part part_of(const TestModel& test) {
  Part part;
  part.graph = test.proto.SerializeAsString();
  return part;
}

TEST(PartMemory, CountsWeightsAndTheGraph) {
  Part part;
  part.graph = std::string(100, 'g');
  EXPECT_EQ(bytes_held(part), (1u << 20) + 400);
  part.weights.push_back({"w", base::Tensor::allocate({base::ElementType::Float32, {10, 100}})});
  part.weights.push_back({"v", base::Tensor::allocate({base::ElementType::UInt8, {24}})});
  EXPECT_EQ(bytes_held(part), (1u << 20) + 400 + 4024 + 1006);
  EXPECT_EQ(bytes_to_load(part), (1u << 20) + 1200 + 3 * 4024);
}

TEST(PartMemory, FindsWhatAnEngineFolds) {
  TestModel test;
  test.input("x").weight("w", {1, 4});
  test.node("Neg", {"w"}, {"a"});
  test.node("Abs", {"a"}, {"b"});
  test.node("Exp", {"a"}, {"c"});
  test.node("Add", {"x", "b"}, {"y"});
  test.output("y");
  const auto constants = constants_of(part_of(test));
  EXPECT_THAT(outputs_of(constants), ElementsAre("b", "c"));
  EXPECT_EQ(parse_graph(*constants).graph().node_size(), 3);
  EXPECT_EQ(parse_graph(*constants).graph().input_size(), 0);
}

TEST(PartMemory, WhatDependsOnInputsOrChanceIsNotFolded) {
  TestModel test;
  test.input("x").weight("w", {1, 4});
  test.node("Add", {"x", "w"}, {"a"});
  test.node("RandomNormalLike", {"w"}, {"b"});
  test.node("Add", {"a", "b"}, {"y"});
  test.output("y");
  EXPECT_EQ(outputs_of(constants_of(part_of(test))), std::vector<std::string>{});
}

TEST(PartMemory, ConstantsAloneAreNothingToCompute) {
  TestModel test;
  test.input("x");
  test.node("Constant", {}, {"c"});
  test.node("Add", {"x", "c"}, {"y"});
  test.output("y");
  EXPECT_FALSE(constants_of(part_of(test)));
}

TEST(PartMemory, RefusesAGraphThatIsNoModel) {
  Part part;
  part.graph = "\xff\xff";
  EXPECT_THROW(constants_of(part), base::Error);
}

}  // namespace
}  // namespace tandem::model
