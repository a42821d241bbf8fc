#include "model/passes/dequantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

// Layers a, and b of it and a flag.
Model two_layers() {
  TestModel test;
  test.input("x").input("flag", {1}, onnx::TensorProto::BOOL).output("b");
  test.node("Relu", {"x"}, {"a"});
  test.node("Where", {"flag", "a", "x"}, {"b"});
  return test.model({"a", "b"});
}

std::string failure(const Part& part, const Quantization& quantization, base::ErrorKind expected) {
  try {
    with_quantized_inputs(part, {quantization});
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), expected);
    return error.message();
  }
  return "no error";
}

TEST(QuantizedInputs, AreBytesThatAreDequantizedFirst) {
  const Part part = with_quantized_inputs(two_layers().extract(1, 2), {{"a", 0.5f, 3}});
  const auto proto = proto_of(part);
  ASSERT_EQ(proto.graph().node_size(), 2);
  EXPECT_EQ(proto.graph().node(0).op_type(), "DequantizeLinear");
  EXPECT_THAT(proto.graph().node(0).input(), ElementsAre("a_uint8", "a_uint8_scale", "a_uint8_zero"));
  EXPECT_THAT(proto.graph().node(0).output(), ElementsAre("a"));
  const auto input = std::ranges::find(part.inputs, "a_uint8", &base::NamedType::name);
  ASSERT_NE(input, part.inputs.end());
  EXPECT_EQ(input->type, (base::TensorType{base::ElementType::UInt8, {1, 4}}));
}

TEST(QuantizedInputs, LeaveOtherInputsAsTheyAre) {
  const Part part = with_quantized_inputs(two_layers().extract(1, 2), {{"a", 0.5f, 3}});
  EXPECT_THAT(names_of(part.inputs), testing::UnorderedElementsAre("a_uint8", "x", "flag"));
  EXPECT_EQ(names_of(part.outputs), names_of(two_layers().extract(1, 2).outputs));
}

TEST(QuantizedInputs, AreNoPicturesAnyMore) {
  const Part whole = with_metadata(with_metadata(two_layers().whole(), kInputKey, "{}"), kLabelsKey, "[]");
  const auto proto = proto_of(with_quantized_inputs(whole, {{"x", 0.5f, 3}}));
  ASSERT_EQ(proto.metadata_props_size(), 1);
  EXPECT_EQ(proto.metadata_props(0).key(), kLabelsKey);
}

TEST(QuantizedInputs, MayBeSeveral) {
  const Part part = with_quantized_inputs(two_layers().extract(1, 2), {{"a", 0.5f, 3}, {"x", 0.25f, 0}});
  const auto proto = proto_of(part);
  ASSERT_EQ(proto.graph().node_size(), 3);
  EXPECT_EQ(proto.graph().node(1).op_type(), "DequantizeLinear");
  EXPECT_EQ(proto.graph().node(2).op_type(), "Where");
}

TEST(QuantizedInputs, RefuseInputsOfOtherTypes) {
  const Part part = two_layers().extract(1, 2);
  EXPECT_EQ(failure(part, {"flag", 1, 0}, base::ErrorKind::Unsupported),
            "quantized input 'flag': it is bool, expected float32");
  EXPECT_THAT(failure(part, {"b", 1, 0}, base::ErrorKind::NotFound),
              testing::StartsWith("quantized input 'b': the stage has no such input, expected one of: "));
}

TEST(QuantizedInputs, RefuseAnInvalidScale) {
  const Part part = two_layers().extract(1, 2);
  for (const float scale : {0.f, -1.f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    EXPECT_THAT(failure(part, {"a", scale, 0}, base::ErrorKind::InvalidInput), testing::HasSubstr("its scale is"));
}

TEST(QuantizedInputs, RefuseOperatorSetsWithoutDequantizeLinear) {
  TestModel test;
  test.input("x").output("a");
  test.node("Relu", {"x"}, {"a"});
  test.proto.mutable_opset_import(0)->set_version(9);
  EXPECT_EQ(failure(test.model({"a"}).whole(), {"x", 1, 0}, base::ErrorKind::Unsupported),
            "quantized inputs: the model's operators are of set 9, expected 10 or later, which has DequantizeLinear");
}

TEST(ParseQuantization, ReadsTheCodecsName) {
  EXPECT_EQ(parse_quantization("a", "int8 scale=0.05 zero=3"), (Quantization{"a", 0.05f, 3}));
  EXPECT_EQ(parse_quantization("a", "int8 scale=1e-05 zero=255"), (Quantization{"a", 1e-5f, 255}));
  for (const char* text : {"", "int8", "int8 scale=", "int8 scale=0.05", "int8 scale=0.05 zero=", "int8 scale=x zero=1",
                           "int8 scale=0.05 zero=256", "int8 scale=0.05 zero=3 more", "fp16 scale=0.05 zero=3"})
    EXPECT_THROW(parse_quantization("a", text), base::Error) << text;
}

}  // namespace
}  // namespace tandem::model
