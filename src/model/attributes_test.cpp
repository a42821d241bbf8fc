#include "model/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "model/part.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::message_of;
using testing::HasSubstr;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::string refusal_of(const std::string& op_type, const std::string& attribute, std::int64_t value) {
  TestModel test;
  test.input("x").output("y");
  TestModel::add_attribute(test.node(op_type, {"x"}, {"y"}), attribute, value);
  return message_of([&] { test.source(); });
}

TEST(Attributes, AreRefusedBeyondTheirBounds) {
  EXPECT_EQ(refusal_of("DepthToSpace", "blocksize", std::int64_t{1} << 62),
            "test.onnx: DepthToSpace 'y': blocksize is 4611686018427387904, expected 1 to 16777216");
  for (const std::int64_t axis : {std::int64_t{1} << 31, kLargest, -kLargest})
    EXPECT_THAT(refusal_of("LayerNormalization", "axis", axis), HasSubstr("expected -1000 to 999"));
  EXPECT_THAT(refusal_of("DepthToSpace", "blocksize", 0), HasSubstr("blocksize is 0"));
  EXPECT_THAT(refusal_of("GatherND", "batch_dims", -1), HasSubstr("batch_dims is -1"));
  EXPECT_THAT(refusal_of("TfIdfVectorizer", "max_skip_count", 1 << 30), HasSubstr("expected 0 to 1000"));
  EXPECT_THAT(refusal_of("Conv", "pads", 1 << 24), HasSubstr("expected -65536 to 65536"));
  EXPECT_EQ(refusal_of("Pad", "pads", 1 << 24), "no error");
  EXPECT_THAT(refusal_of("Conv", "group", 0), HasSubstr("group is 0"));
}

TEST(Attributes, AreRefusedInLists) {
  TestModel test;
  test.input("x").output("y");
  auto& strides = *test.node("MaxPool", {"x"}, {"y"}).add_attribute();
  strides.set_name("strides");
  strides.set_type(onnx::AttributeProto::INTS);
  strides.add_ints(1);
  strides.add_ints(0);
  EXPECT_THAT(message_of([&] { test.source(); }), HasSubstr("strides is 0, expected 1 to"));
}

TEST(Attributes, PassWithinTheirBounds) {
  EXPECT_EQ(refusal_of("LayerNormalization", "axis", -1), "no error");
  EXPECT_EQ(refusal_of("Slice", "starts", kLargest), "no error");  // cut off by the operator itself
  EXPECT_EQ(refusal_of("Constant", "value_int", kLargest), "no error");
}

TEST(Attributes, OfOtherDomainsMayBeAnything) {
  TestModel test;
  test.input("x").output("y");
  auto& node = test.node("Own", {"x"}, {"y"});
  node.set_domain("mine");
  TestModel::add_attribute(node, "axis", kLargest);
  EXPECT_EQ(message_of([&] { test.source(); }), "no error");
}

TEST(Attributes, AreRefusedInsideOfSubgraphsFunctionsAndParts) {
  TestModel test;
  test.input("x").output("y");
  auto& inner = TestModel::add_subgraph(test.node("If", {"x"}, {"y"}), "then_branch");
  TestModel::fill_node(*inner.add_node(), "Softmax", {"x"}, {"inner"});
  TestModel::add_attribute(*inner.mutable_node(0), "axis", kLargest);
  EXPECT_THAT(message_of([&] { test.source(); }), HasSubstr("Softmax 'inner': axis is"));
  Part part;
  part.graph = test.proto.SerializeAsString();
  EXPECT_THAT(message_of([&] { check_part(part); }), HasSubstr("Softmax 'inner': axis is"));
  inner.clear_node();
  auto& node = *test.proto.add_functions()->add_node();
  TestModel::fill_node(node, "Softmax", {"x"}, {"of a function"});
  TestModel::add_attribute(node, "axis", kLargest);
  EXPECT_THAT(message_of([&] { check_attributes(test.proto, "m"); }), HasSubstr("m: Softmax 'of a function'"));
}

TEST(Attributes, ScalesHaveOneDimension) {
  TestModel test;
  test.input("x", {1, 1, 4, 4}).input("scales", {1, 1000, 4, 4}).output("y");
  test.node("Resize", {"scales", "", "x"}, {"y"});
  EXPECT_EQ(message_of([&] { test.source(); }), "test.onnx: Resize 'y': 'x' has 4 dimensions, expected 1");
}

}  // namespace
}  // namespace tandem::model
