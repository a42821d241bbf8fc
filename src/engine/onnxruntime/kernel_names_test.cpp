// Kernels are timed whatever the names in a graph: the engine writes them into JSON as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/test_parts.h"

namespace tandem::engine {
namespace {

using testing::Contains;
using testing::Field;

const std::string kNames[] = {"a\"b",
                              "a\\",
                              "\\\"",
                              "a\nb",
                              "a\tb\x01\x1b[2J",
                              "\xff\xfe",
                              "\xc2\x9b"
                              "31m",
                              "\xe2\x80\xae",
                              "\",\"args\" : {}}",
                              "a_kernel_time",
                              "]",
                              "%s%n"};

std::vector<KernelTime> times_of(const model::TestModel& test) {
  const auto engine = onnx_runtime({1, {}});
  const model::Part part = part_of(test);
  return engine->time_kernels(part, made_up_inputs(part.inputs), 2);
}

class KernelNames : public testing::TestWithParam<std::string> {};

TEST_P(KernelNames, OfNodesAndTensors) {
  model::TestModel test;
  test.input("x");
  test.node("Sin", {"x"}, {GetParam()}).set_name(GetParam());
  test.node("Cos", {GetParam()}, {"y"}).clear_name();
  test.output("y");
  const auto kernels = times_of(test);
  EXPECT_THAT(kernels, Contains(Field(&KernelTime::op_type, "Sin")));
  EXPECT_THAT(kernels, Contains(Field(&KernelTime::op_type, "Cos")));
  EXPECT_THAT(kernels, Contains(Field(&KernelTime::outputs, Contains(GetParam()))));
}

TEST_P(KernelNames, OfNodesInsideOfFunctionsAndBodies) {
  model::TestModel test;
  test.proto.add_opset_import()->set_domain("local");
  test.proto.mutable_opset_import(1)->set_version(1);
  auto& function = *test.proto.add_functions();
  function.set_name(GetParam());
  function.set_domain("local");
  function.add_input("in");
  function.add_output("out");
  function.add_opset_import()->set_version(13);
  model::TestModel::fill_node(*function.add_node(), "Sin", {"in"}, {GetParam()});
  function.mutable_node(0)->set_name(GetParam());
  model::TestModel::fill_node(*function.add_node(), "Cos", {GetParam()}, {"out"});
  test.input("x").typed_weight("is_on", {1}, onnx::TensorProto::BOOL).add_int32_data(1);
  test.node(GetParam(), {"x"}, {"a"}).set_domain("local");
  auto& choice = test.node("If", {"is_on"}, {"y"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& graph = model::TestModel::add_subgraph(choice, branch);
    model::TestModel::fill_node(*graph.add_node(), "Sin", {"a"}, {branch});
    graph.mutable_node(0)->set_name(GetParam());
    hostile::add_value(*graph.add_output(), branch, onnx::TensorProto::FLOAT, {1, 4});
  }
  test.output("y");
  EXPECT_THAT(times_of(test), Contains(Field(&KernelTime::op_type, "Cos")));
}

INSTANTIATE_TEST_SUITE_P(Hostile, KernelNames, testing::ValuesIn(kNames),
                         [](const auto& info) { return "Name" + std::to_string(info.index); });

}  // namespace
}  // namespace tandem::engine
