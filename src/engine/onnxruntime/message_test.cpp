#include "engine/onnxruntime/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::engine {
namespace {

using base::Error;
using base::ErrorKind;

std::string refusal(const std::string& text) {
  return refusal_of(text, "ONNX Runtime 1.30.0").message();
}

TEST(Message, NamesOperatorAndNodeAndDropsTheFile) {
  EXPECT_EQ(reason_in("Non-zero status code returned while running Mod node. Name:'mod1' Status Message: "
                      "element_wise_ops.cc:2256 operator() Integer modulo by zero"),
            "Mod 'mod1': Integer modulo by zero");
  EXPECT_EQ(reason_in("Non-zero status code returned while running MaxUnpool node. Name:'' Status Message: "
                      "Unpool.cc:110 Compute output_shape must match input. Expected [1, 1], got [1, 0]."),
            "MaxUnpool: output_shape must match input. Expected [1, 1], got [1, 0].");
  EXPECT_EQ(reason_in("Node (mm) Op (Add) [ShapeInferenceError] Incompatible dimensions"),
            "Add 'mm': Incompatible dimensions");
  EXPECT_EQ(reason_in("Node () Op (MatMul) [ShapeInferenceError] Incompatible dimensions"),
            "MatMul: Incompatible dimensions");
}

TEST(Message, DropsPathsSignaturesTemplatesAndConditions) {
  EXPECT_EQ(
      reason_in("Non-zero status code returned while running Dropout node. Name:'' Status Message: "
                "/onnxruntime_src/onnxruntime/core/providers/cpu/nn/dropout_op.h:42 float "
                "onnxruntime::{anonymous}::GetRatioOrDefault(const onnxruntime::Tensor*) [with T2 = float] 0.0f <= "
                "ratio_value && ratio_value < 1.0f was false. ratio must be in the range [0, 1)\n"),
      "Dropout: ratio must be in the range [0, 1)");
  EXPECT_EQ(
      reason_in("Exception during initialization: /onnxruntime_src/onnxruntime/core/string_normalizer.cc:235 "
                "onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct "
                "locale with name:en_US.UTF-8"),
      "Failed to construct locale with name:en_US.UTF-8");
  EXPECT_EQ(
      reason_in("/src/window_functions.cc:133 onnxruntime::common::Status "
                "onnxruntime::CreateMelWeightMatrix<T>::operator()(onnxruntime::OpKernelContext*, int64_t, float) "
                "const [with T = float; int64_t = long int] lowest_index >= 0 was false. out of range"),
      "out of range");
  EXPECT_EQ(reason_in("/src/model.cc:191 onnxruntime::Model::Model(onnx::ModelProto&&, const "
                      "std::unordered_map<std::__cxx11::basic_string<char>, int>&) Missing opset in the model."),
            "Missing opset in the model.");
}

TEST(Message, IsOneLineOfLimitedLength) {
  EXPECT_EQ(reason_in("  two\n\nlines\t "), "two lines");
  EXPECT_EQ(reason_in("\n"), "no reason given");
  EXPECT_EQ(reason_in("/a.cc:1 void f() "), "no reason given");
  EXPECT_EQ(reason_in("/a.cc:1 void f("), "no reason given");
  EXPECT_LE(reason_in(std::string(1'000'000, 'x')).size(), 410u);
}

TEST(Message, InvalidGraphsKeepTheEnginesReason) {
  const Error error =
      refusal_of(R"(This is an invalid model. In Node, ("a", Add, "", -1) : ("x": tensor(float),) -> ("y",) , )"
                 R"(Error Node(a) with schema(::Add:13) has input size 1 not in range [min=2, max=2].)",
                 "ONNX Runtime 1.30.0");
  EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(error.message(),
            "ONNX Runtime 1.30.0 refuses the graph: Add 'a': has input size 1 not in range [min=2, max=2].");
  EXPECT_EQ(
      refusal("Type Error: Type 'tensor(int64)' of input parameter (x) of operator (Relu) in node () is invalid."),
      "ONNX Runtime 1.30.0 refuses the graph: Type 'tensor(int64)' of input parameter (x) of operator (Relu) is "
      "invalid.");
}

TEST(Message, NewerVersionsAndUnknownOperatorsAreUnsupportedInOurWords) {
  EXPECT_EQ(refusal("/src/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, bool) Unsupported model IR "
                    "version: 99, max supported IR version: 13"),
            "IR version 99 is not supported: ONNX Runtime 1.30.0 takes versions up to 13");
  EXPECT_EQ(refusal("/src/m.h:46 void f(int) ONNX Runtime only *guarantees* support for models stamped with official "
                    "released onnx opset versions. Opset 99 is under development and support for this is limited. "
                    "Current official support for domain ai.onnx is till opset 26."),
            "opset 99 of domain ai.onnx is not supported: ONNX Runtime 1.30.0 takes opsets up to 26");
  EXPECT_THAT(refusal("Fatal error: com.acme:Foo(-1) is not a registered function/op"),
              testing::StartsWith("operator 'Foo' of domain 'com.acme' is not supported: "));
  EXPECT_THAT(refusal(R"(This is an invalid model. In Node, ("s", Swish, "", -1) : ("x": tensor(float),) -> ("y",) , )"
                      R"(Error No Op registered for Swish with domain_version of 13)"),
              testing::EndsWith("has none of this name in opset 13, the file's"));
  EXPECT_THAT(refusal("Could not find an implementation for Add(6) node with name ''"),
              testing::StartsWith("operator 'Add' of opset 6 is not supported: "));
}

TEST(Message, AGapThatTheEngineNamesItselfIsUnsupportedInItsWords) {
  const Error error = refusal_of(
      "/a/rnn.h:48 onnxruntime::RNN<T>::RNN(int) [with T = float] layout_ == 0 was false. "
      "Batchwise recurrent operations (layout == 1) are not supported. If you need support "
      "create a github issue with justification. ",
      "ONNX Runtime 1.30.0");
  EXPECT_EQ(error.kind(), ErrorKind::Unsupported);
  EXPECT_EQ(error.message(),
            "ONNX Runtime 1.30.0 refuses the graph: Batchwise recurrent operations (layout == 1) are not "
            "supported.");
}

}  // namespace
}  // namespace tandem::engine
