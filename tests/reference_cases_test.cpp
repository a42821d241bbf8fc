// Models with reference answers (bench/reference_cases.h): one of our own, and ONNX's where they are installed.
#include "reference_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_files.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/test_models.h"

namespace tandem::bench {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kInstalled = "/usr/share/libonnx-testdata/data";

engine::Engine& shared_engine() {
  static const auto instance = engine::onnx_runtime({.threads = 1});
  return *instance;
}

onnx::TensorProto vector_of(float value) {
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(1);
  tensor.add_dims(4);
  for (int i = 0; i < 4; ++i) tensor.add_float_data(value);
  return tensor;
}

// y = -x, for x = 2.
class ReferenceCase : public testing::Test {
 protected:
  ReferenceCase() {
    model_.symbolic_input("x", {"N", "length"}).output("y");
    model_.node("Neg", {"x"}, {"y"});
    write("test_data_set_0/input_0.pb", vector_of(2));
    write("test_data_set_0/output_0.pb", vector_of(-2));
  }
  void write(const std::string& name, const google::protobuf::MessageLite& proto) const {
    const std::filesystem::path folder = folder_ / "negation";
    std::filesystem::create_directories(folder / "test_data_set_0");
    base::write_file(folder / name, proto.SerializeAsString());
  }
  CaseResult result() const {
    write("model.onnx", model_.proto);
    return run_reference_cases(folder_ / ".", shared_engine()).at(0);
  }

  base::TemporaryFolder folder_;
  model::TestModel model_;
};

TEST_F(ReferenceCase, MatchesByItsReference) {
  EXPECT_EQ(result().name, "negation");
  EXPECT_EQ(result().outcome, Outcome::Matches) << result().reason;
}

TEST_F(ReferenceCase, DiffersFromAWrongReference) {
  write("test_data_set_0/output_0.pb", vector_of(-3));
  EXPECT_EQ(result().outcome, Outcome::EngineDiffers);
  EXPECT_THAT(result().reason, StartsWith("output 'y' differs by 0.33"));
}

TEST_F(ReferenceCase, SaysWhyItCannotRun) {
  model_.node("NoOperator", {"x"}, {"z"});
  model_.output("z");
  EXPECT_EQ(result().outcome, Outcome::EngineRefuses);
  EXPECT_THAT(result().reason, HasSubstr("NoOperator"));
}

TEST_F(ReferenceCase, OfStringsIsBeyondTandem) {
  model_.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::STRING);
  model_.graph().mutable_node(0)->set_op_type("Identity");
  model_.graph().mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::STRING);
  EXPECT_EQ(result().outcome, Outcome::NoNumbers);
  EXPECT_EQ(result().reason, "an input is of string");
}

// ONNX 1.12's: one has nothing to run, one a size that would end the process if it were 0.
TEST(ReferenceCases, OfOnnxMatchWhereOnnxRuntimePassesThem) {
  if (!std::filesystem::exists(kInstalled)) GTEST_SKIP() << "needs Debian's package libonnx-testdata";
  std::size_t matches = 0;
  for (const auto& [name, outcome, reason] : run_reference_cases(kInstalled, shared_engine())) {
    matches += outcome == Outcome::Matches ? 1 : 0;
    const bool is_bad = outcome == Outcome::Differs || outcome == Outcome::Fails;
    const bool is_known = name == "node/test_constant" || name == "node/test_stft";
    EXPECT_EQ(is_bad, is_known) << name << ": " << reason;
  }
  EXPECT_GE(matches, 900u);
}

}  // namespace
}  // namespace tandem::bench
