#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::ElementType;

constexpr std::int64_t kMany = kSmallestWeightBytes;  // elements enough to stand beside the graph, whatever their type

TestModel adds_weight() {
  TestModel test;
  test.input("x", {kMany}).output("y");
  test.node("Add", {"x", "w"}, {"y"});
  return test;
}

base::Tensor only_weight(const TestModel& test) {
  const Part part = test.source().with_all_tensors_as_outputs();
  return part.weights.at(0).tensor;
}

// A weight of the given type whose elements are 0, 1, 2, …, written by `add` into one of TensorProto's fields.
base::Tensor weight_from_field(int element, const std::function<void(onnx::TensorProto&, int)>& add) {
  TestModel test = adds_weight();
  auto& weight = test.typed_weight("w", {kMany}, element);
  for (int i = 0; i < kMany; ++i) add(weight, i % 100);
  return only_weight(test);
}

TEST(Weights, ComeFromWhicheverFieldHoldsTheirType) {
  const auto float32 = weight_from_field(onnx::TensorProto::FLOAT, [](auto& w, int i) { w.add_float_data(i + 0.5f); });
  EXPECT_EQ(float32.values<float>()[3], 3.5f);
  const auto float64 = weight_from_field(onnx::TensorProto::DOUBLE, [](auto& w, int i) { w.add_double_data(i); });
  EXPECT_EQ(float64.values<double>()[3], 3.0);
  const auto int64 = weight_from_field(onnx::TensorProto::INT64, [](auto& w, int i) { w.add_int64_data(-i); });
  EXPECT_EQ(int64.values<std::int64_t>()[3], -3);
  const auto uint32 = weight_from_field(onnx::TensorProto::UINT32, [](auto& w, int i) { w.add_uint64_data(i); });
  EXPECT_EQ(uint32.values<std::uint32_t>()[3], 3u);
  const auto uint64 = weight_from_field(onnx::TensorProto::UINT64, [](auto& w, int i) { w.add_uint64_data(i); });
  EXPECT_EQ(uint64.values<std::uint64_t>()[3], 3u);
}

TEST(Weights, OfSmallTypesShareTheFieldOfInt32) {
  const auto from_int32 = [](int element) {
    return weight_from_field(element, [](auto& w, int i) { w.add_int32_data(i == 3 ? -3 : i); });
  };
  EXPECT_EQ(from_int32(onnx::TensorProto::INT32).values<std::int32_t>()[3], -3);
  EXPECT_EQ(from_int32(onnx::TensorProto::INT16).values<std::int16_t>()[3], -3);
  EXPECT_EQ(from_int32(onnx::TensorProto::INT8).values<std::int8_t>()[3], -3);
  EXPECT_EQ(from_int32(onnx::TensorProto::UINT8).values<std::uint8_t>()[4], 4);
  EXPECT_EQ(from_int32(onnx::TensorProto::FLOAT16).values<std::uint16_t>()[4], 4);
  EXPECT_EQ(from_int32(onnx::TensorProto::BOOL).size(), static_cast<std::size_t>(kMany));
}

TEST(Weights, OfTheWrongLengthAreRefused) {
  TestModel test = adds_weight();
  auto& weight = test.weight("w", {kMany});
  weight.mutable_raw_data()->pop_back();
  EXPECT_EQ(message_of([&] { test.source(); }),
            "test.onnx: initializer 'w': 4095 bytes of data, expected 4096 for float32 1024");
  weight.clear_raw_data();
  weight.add_float_data(1);
  EXPECT_EQ(message_of([&] { test.source(); }),
            "test.onnx: initializer 'w': 1 elements of data, expected 1024 for 1024");
}

TEST(Weights, BelowTheLimitStayInsideTheGraph) {
  TestModel test;
  test.input("x", {1, 4}).output("y");
  test.weight("w", {1, 4});
  test.node("Add", {"x", "w"}, {"y"});
  const Part part = test.source().with_all_tensors_as_outputs();
  EXPECT_TRUE(part.weights.empty());
  EXPECT_EQ(proto_of(part).graph().initializer(0).raw_data().size(), 16u);
}

class ExternalData : public testing::Test {
 protected:
  ExternalData() : test_(adds_weight()) {
    std::vector<float> values(kMany, 0.25f);
    values[0] = 7;
    const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    base::write_file(folder_ / "weights.bin", "head" + std::string(60, '\0') + bytes);
    weight_ = &test_.typed_weight("w", {kMany}, onnx::TensorProto::FLOAT);
    weight_->set_data_location(onnx::TensorProto::EXTERNAL);
    set("location", "weights.bin");
    set("offset", "64");
    set("length", "4096");
  }
  void set(const std::string& key, const std::string& value) {
    for (auto& entry : *weight_->mutable_external_data()) {
      if (entry.key() == key) return entry.set_value(value);
    }
    auto* entry = weight_->add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  Source read() {
    base::write_file(folder_ / "model.onnx", test_.proto.SerializeAsString());
    return Source::read(folder_ / "model.onnx");
  }
  base::ErrorKind kind() {
    try {
      read();
    } catch (const base::Error& error) {
      return error.kind();
    }
    return base::ErrorKind::Internal;
  }

  TemporaryFolder folder_;
  TestModel test_;
  onnx::TensorProto* weight_;
};

TEST_F(ExternalData, IsMappedFromItsPlaceInTheFile) {
  const Part part = read().with_all_tensors_as_outputs();
  EXPECT_EQ(part.weights.at(0).tensor.values<float>()[0], 7);
  EXPECT_EQ(part.weights.at(0).tensor.values<float>()[1], 0.25f);
}

TEST_F(ExternalData, IsNoPartOfTheModelsOneFile) {
  EXPECT_FALSE(Model(read(), {}).is_one_file());
  weight_->clear_external_data();
  weight_->clear_data_location();
  weight_->set_raw_data(std::string(kMany * sizeof(float), '\0'));
  EXPECT_TRUE(Model(read(), {}).is_one_file());
}

TEST_F(ExternalData, OutsideTheModelsFolderIsRefused) {
  for (const std::string path : {"../weights.bin", "sub/../../weights.bin", "/etc/hostname", ""}) {
    set("location", path);
    EXPECT_EQ(kind(), base::ErrorKind::Refused) << path;
  }
}

TEST_F(ExternalData, ThatIsMissingIsNotFound) {
  set("location", "other.bin");
  EXPECT_EQ(kind(), base::ErrorKind::NotFound);
}

TEST_F(ExternalData, OfTheWrongLengthOrPlaceIsRefused) {
  for (const std::string length : {"4095", "0", "18446744073709551615", "-1", "many", "18446744073709551616"}) {
    set("length", length);
    EXPECT_EQ(kind(), base::ErrorKind::InvalidInput) << length;
  }
  set("length", "4096");
  for (const std::string offset : {"65", "18446744073709551615", "1e3"}) {
    set("offset", offset);
    EXPECT_EQ(kind(), base::ErrorKind::InvalidInput) << offset;
  }
}

TEST_F(ExternalData, OfBytesWithoutAFolderIsNotLookedFor) {
  EXPECT_THROW(test_.source(), base::Error);
}

TEST_F(ExternalData, InASubgraphMovesInside) {
  test_.graph().clear_initializer();
  test_.graph().clear_node();
  test_.input("condition", {}, onnx::TensorProto::BOOL);
  auto& node = test_.node("If", {"condition"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto& branch = TestModel::add_subgraph(node, name);
    TestModel::fill_node(*branch.add_node(), "Add", {"x", "w"}, {std::string(name) + "_y"});
    branch.add_output()->set_name(std::string(name) + "_y");
    weight_ = branch.add_initializer();
    weight_->set_name("w");
    weight_->set_data_type(onnx::TensorProto::FLOAT);
    weight_->add_dims(kMany);
    weight_->set_data_location(onnx::TensorProto::EXTERNAL);
    set("location", "weights.bin");
    set("offset", "64");
  }
  const auto proto = proto_of(read().with_all_tensors_as_outputs());
  const auto& moved = proto.graph().node(0).attribute(0).g().initializer(0);
  EXPECT_EQ(moved.raw_data().size(), 4096u);
  EXPECT_EQ(moved.external_data_size(), 0);
  set("location", "../weights.bin");
  EXPECT_EQ(kind(), base::ErrorKind::Refused);
}

}  // namespace
}  // namespace tandem::model
