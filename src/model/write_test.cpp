#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two weights beside the graph, one inside, a constant subexpression and two branches whose order the model chooses.
TestModel mixed() {
  TestModel test;
  const std::int64_t many = kSmallestWeightBytes;
  test.input("x", {many}).output("sum");
  test.weight("large1", {many});
  test.weight("large2", {many + 1});
  test.weight("small", {1});
  test.node("Sqrt", {"small"}, {"root"});
  test.node("Add", {"x", "large1"}, {"a"});
  test.node("Pad", {"x", "large2"}, {"b"});
  test.node("Mul", {"a", "root"}, {"c"});
  test.node("Sum", {"a", "b", "c"}, {"sum"});
  return test;
}

class WriteOnnx : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "written.onnx"; }
  std::filesystem::path data_path() const { return folder_ / "written.onnx.data"; }
  Model read() const { return Model(Source::read(path()), types_); }
  Model original() const { return Model(mixed().source(), types_); }

  TemporaryFolder folder_;
  const TypeByTensor types_ = {{"a", {base::ElementType::Float32, {9}}}, {"c", {base::ElementType::Float32, {1}}}};
};

TEST_F(WriteOnnx, ReadsBackWithTheSameDigest) {
  write_onnx(original().whole(), path());
  EXPECT_EQ(read().digest(), original().digest());
  EXPECT_FALSE(std::filesystem::exists(data_path()));
}

TEST_F(WriteOnnx, ReadsBackWithTheSameDigestWhenTheWeightsStandBeside) {
  write_onnx(original().whole(), path(), 1000);
  EXPECT_TRUE(std::filesystem::exists(data_path()));
  EXPECT_LT(std::filesystem::file_size(path()), 2000u);
  EXPECT_EQ(read().digest(), original().digest());
}

TEST_F(WriteOnnx, KeepsTheWeightsOfAStage) {
  const Part stage = original().extract(1, 2);
  write_onnx(stage, path());
  const Part read_back = Source::read(path()).with_all_tensors_as_outputs();
  ASSERT_EQ(read_back.weights.size(), stage.weights.size());
  EXPECT_EQ(base::relative_difference(read_back.weights[0].tensor, stage.weights[0].tensor), 0);
}

TEST_F(WriteOnnx, SaysWhereItCannotWrite) {
  EXPECT_THAT(message_of([&] { write_onnx(original().whole(), folder_ / "missing/x.onnx"); }),
              HasSubstr("missing/x.onnx"));
}

TEST(Digest, IsThatOfTheContentNotOfTheFile) {
  TestModel renamed = mixed();
  renamed.proto.set_producer_name("somebody");
  renamed.proto.set_doc_string("something");
  EXPECT_EQ(renamed.model().digest(), mixed().model().digest());
}

TEST(Digest, DependsOnWeightsShapesAndNodes) {
  const std::string digest = mixed().model().digest();
  TestModel weight = mixed();
  (*weight.graph().mutable_initializer(0)->mutable_raw_data())[5] ^= 1;
  EXPECT_NE(weight.model().digest(), digest);
  TestModel node = mixed();
  node.graph().mutable_node(1)->set_op_type("Sub");
  EXPECT_NE(node.model().digest(), digest);
  TestModel shape = mixed();
  shape.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(
      7);
  EXPECT_NE(shape.model().digest(), digest);
}

TEST(Digest, OfAPartIsThatOfTheModelThatItIs) {
  const Model model = mixed().model();
  EXPECT_EQ(Model(Source::from_part(model.whole(), "part"), {}).digest(), model.digest());
}

}  // namespace
}  // namespace tandem::model
