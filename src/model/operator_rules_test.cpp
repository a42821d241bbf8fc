// Each of these ended the process.
#include "model/operator_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "model/part.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::message_of;
using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

void add_number(onnx::NodeProto& node, const std::string& name, float value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

TEST(OperatorRules, ListsOfInputsHaveNoGaps) {
  for (const char* op_type : {"Concat", "Einsum", "Max", "Mean", "Min", "SequenceConstruct", "Sum"}) {
    TestModel test;
    test.input("x").output("y");
    test.node(op_type, {"x", "", "x"}, {"y"});
    EXPECT_THAT(message_of([&] { test.source(); }), HasSubstr("input 1 has no name")) << op_type;
  }
}

TEST(OperatorRules, ScalesAreNoPicture) {
  for (const bool is_swapped : {false, true}) {
    TestModel test;
    test.input("x", {1, 1, 2, 2}).output("y");
    test.weight("scales", {4});
    test.node("Relu", {"x"}, {"picture"});
    const std::vector<std::string> inputs = {"picture", "scales"};
    test.node("Upsample", {inputs[is_swapped ? 1 : 0], inputs[is_swapped ? 0 : 1]}, {"y"});
    const auto message = message_of([&] { test.source(); });
    if (is_swapped) {
      EXPECT_THAT(message, HasSubstr("it scales the constant 'scales' by 'picture', which is none"));
    } else {
      EXPECT_EQ(message.find("scales the constant"), std::string::npos) << message;
    }
  }
}

TEST(OperatorRules, EmptyNamesAtTheEndLeaveInputsOut) {
  TestModel test;
  test.input("x").input("scale").output("y");
  test.node("LayerNormalization", {"x", "scale", ""}, {"y"});
  EXPECT_EQ(proto_of(test.model({"y"}).whole()).graph().node(0).input_size(), 2);
  Part part;
  part.graph = test.proto.SerializeAsString();
  EXPECT_EQ(message_of([&] { check_part(part); }), "a part: LayerNormalization 'y': input 2 has no name: leave it out");
}

TEST(OperatorRules, RandomNumbersHaveARangeAndADeviation) {
  const auto refusal_of = [](const char* op_type, const char* attribute, float value) {
    TestModel test;
    test.input("x").output("y");
    add_number(test.node(op_type, {"x"}, {"y"}), attribute, value);
    return message_of([&] { test.source(); });
  };
  EXPECT_THAT(refusal_of("RandomUniformLike", "high", -kInfinity), HasSubstr("low is 0 and high -inf"));
  EXPECT_THAT(refusal_of("RandomUniform", "low", 2), HasSubstr("the lower one first"));
  EXPECT_THAT(refusal_of("RandomNormalLike", "scale", -1), HasSubstr("expected a number above 0"));
  EXPECT_EQ(refusal_of("RandomUniformLike", "high", 2), "no error");
  EXPECT_EQ(refusal_of("RandomNormal", "scale", 2), "no error");
}

TEST(OperatorRules, TensorsAreTiledSoOften) {
  for (const std::int64_t repeats : {std::int64_t{3}, std::numeric_limits<std::int64_t>::max()}) {
    TestModel test;
    test.input("x").output("y");
    auto& tensor = test.typed_weight("repeats", {2}, onnx::TensorProto::INT64);
    for (const std::int64_t value : {std::int64_t{1}, repeats}) tensor.add_int64_data(value);
    test.node("Tile", {"x", "repeats"}, {"y"});
    EXPECT_EQ(message_of([&] { test.source(); }),
              repeats == 3 ? "no error"
                           : "test.onnx: Tile 'y': it repeats 9223372036854775807 times, expected 0 to 16777216");
  }
}

TEST(OperatorRules, UniqueSlicesHaveElements) {
  for (const std::int64_t size : {0, 3}) {
    TestModel test;
    test.input("x", {15, 3, size}).output("y");
    TestModel::add_attribute(test.node("Unique", {"x"}, {"y"}), "axis", 0);
    EXPECT_EQ(message_of([&] { test.source(); }),
              size == 0 ? "test.onnx: Unique 'y': 'x' has no elements, as an input of the model has none" : "no error");
  }
}

TEST(OperatorRules, RecurrentOperatorsHaveElements) {
  for (const char* op_type : {"GRU", "LSTM", "RNN"}) {
    TestModel test;
    test.symbolic_input("x", {"5", "N", "4"}).output("y");
    test.weight("w", {1, 4, 4});
    test.node("Relu", {"x"}, {"a"});
    test.node(op_type, {"a", "w", "w"}, {"y"});
    EXPECT_EQ(message_of([&] { test.source(); }), "no error");
    EXPECT_THAT(message_of([&] { test.source({{"x", {5, 0, 4}}}); }), HasSubstr("'y': 'a' has no elements")) << op_type;
  }
}

// An empty cache, or none to resize by: only inputs count.
TEST(OperatorRules, EmptyConstantsLeadToNothingEmpty) {
  TestModel test;
  test.input("x", {5, 1, 4}).output("y");
  test.weight("none", {0});
  test.weight("w", {1, 4, 4});
  test.node("Concat", {"x", "none"}, {"a"});
  test.node("LSTM", {"a", "w", "w"}, {"y"});
  EXPECT_EQ(message_of([&] { test.source(); }), "no error");
}

std::string refusal_of_frame(const std::function<void(TestModel&)>& add_length) {
  TestModel test;
  test.input("x", {1, 16, 1}).output("y");
  test.typed_weight("step", {}, onnx::TensorProto::INT64).add_int64_data(2);
  add_length(test);
  test.node("STFT", {"x", "step", "", "length"}, {"y"});
  return message_of([&] { test.source(); });
}

TEST(OperatorRules, FramesHaveAConstantLength) {
  const auto constant = [](std::int64_t value) {
    return
        [value](TestModel& test) { test.typed_weight("length", {}, onnx::TensorProto::INT64).add_int64_data(value); };
  };
  EXPECT_EQ(refusal_of_frame(constant(8)), "no error");
  EXPECT_THAT(refusal_of_frame(constant(0)), HasSubstr("STFT 'y': the frame length 'length' is no constant above 0"));
  EXPECT_THAT(refusal_of_frame([](TestModel& test) { test.input("length", {}, onnx::TensorProto::INT64); }),
              HasSubstr("no constant"));
  const auto as_node = [](TestModel& test) {
    auto& value = *test.node("Constant", {}, {"length"}).add_attribute();
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    value.mutable_t()->set_data_type(onnx::TensorProto::INT64);
    value.mutable_t()->add_int64_data(8);
  };
  EXPECT_EQ(refusal_of_frame(as_node), "no error");
}

}  // namespace
}  // namespace tandem::model
