#include "fuzz/model_seeds.h"

#include <google/protobuf/message.h>

#include <array>
#include <random>

#include "model/test_models.h"

namespace tandem::fuzz {
namespace {

using model::TestModel;

std::string plain() {
  TestModel test;
  test.symbolic_input("x", {"N", "4"}).output("y").output("early");
  test.weight("w", {4, 4});
  test.typed_weight("shape", {2}, onnx::TensorProto::INT64).add_int64_data(-1);
  test.graph().mutable_initializer(1)->add_int64_data(4);
  test.node("MatMul", {"x", "w"}, {"a"});
  test.node("Softmax", {"a"}, {"early"});
  test.node("Sqrt", {"w"}, {"root"});
  test.node("MatMul", {"a", "root"}, {"b"});
  test.node("Reshape", {"b", "shape"}, {"c"});
  test.node("Add", {"c", "a"}, {"y"});
  auto* entry = test.proto.add_metadata_props();
  entry->set_key("tandem.exits");
  entry->set_value("early,y");
  return test.proto.SerializeAsString();
}

std::string with_subgraphs() {
  TestModel test;
  test.proto.set_ir_version(3);
  test.input("x").input("condition", {}, onnx::TensorProto::BOOL).input("w").output("y");
  test.weight("w", {1, 4});
  test.node("Relu", {"x"}, {"a"});
  auto& node = test.node("If", {"condition"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto& branch = TestModel::add_subgraph(node, name);
    TestModel::fill_node(*branch.add_node(), "Add", {"a", "w"}, {std::string(name) + "_y"});
    branch.add_output()->set_name(std::string(name) + "_y");
  }
  return test.proto.SerializeAsString();
}

std::string with_functions_and_external_data() {
  TestModel test;
  test.input("x").output("y");
  auto& weight = test.typed_weight("w", {1, 4}, onnx::TensorProto::FLOAT);
  weight.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", "weights.bin"}, {"offset", "0"}, {"length", "16"}}) {
    weight.add_external_data()->set_key(key);
    weight.mutable_external_data(weight.external_data_size() - 1)->set_value(value);
  }
  test.node("Add", {"x", "w"}, {"y"});
  auto& function = *test.proto.add_functions();
  function.set_name("F");
  TestModel::fill_node(*function.add_node(), "RandomNormal", {}, {"n"});
  return test.proto.SerializeAsString();
}

std::string convolution() {
  TestModel test;
  test.input("x", {1, 2, 5, 5}).output("y");
  auto& weight = test.typed_weight("w", {16, 2, 3, 3}, onnx::TensorProto::FLOAT);
  for (int i = 0; i < 288; ++i) weight.add_float_data(0.01f * static_cast<float>(i));
  auto& node = test.node("Conv", {"x", "w"}, {"c"});
  TestModel::add_attribute(node, "group", 1);
  test.node("GlobalAveragePool", {"c"}, {"p"});
  test.node("Flatten", {"p"}, {"y"});
  return test.proto.SerializeAsString();
}

// A byte changed at random mostly breaks protobuf's nesting, and the file with it. So part of the corpus is spoilt
// field by field: still protobuf, no longer the model it was.
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kSpoiltSeeds = 400;
const std::array<const char*, 10> kNames = {"x", "w", "a", "b", "y", "early", "", "tandem", "Relu", "Identity"};
const std::array<std::int64_t, 9> kNumbers = {0, 1, -1, 3, 7, 1 << 20, std::int64_t{1} << 40, INT64_MAX, INT64_MIN};

void spoil_value(Message& message, const FieldDescriptor& field, std::mt19937_64& random) {
  const Reflection& reflection = *message.GetReflection();
  const std::int64_t number = kNumbers[random() % kNumbers.size()];
  const bool is_repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return is_repeated ? reflection.AddString(&message, &field, kNames[random() % kNames.size()])
                         : reflection.SetString(&message, &field, kNames[random() % kNames.size()]);
    case FieldDescriptor::CPPTYPE_INT64:
      return is_repeated ? reflection.AddInt64(&message, &field, number)
                         : reflection.SetInt64(&message, &field, number);
    case FieldDescriptor::CPPTYPE_INT32:
      return is_repeated ? reflection.AddInt32(&message, &field, static_cast<std::int32_t>(number))
                         : reflection.SetInt32(&message, &field, static_cast<std::int32_t>(number));
    default:
      return reflection.ClearField(&message, &field);
  }
}

void spoil(Message& message, std::mt19937_64& random);

void spoil_messages(Message& message, const FieldDescriptor& field, std::mt19937_64& random) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) return spoil(*reflection.MutableMessage(&message, &field), random);
  const int count = reflection.FieldSize(message, &field);
  const int one = static_cast<int>(random() % static_cast<unsigned>(count));
  const int other = static_cast<int>(random() % static_cast<unsigned>(count));
  switch (random() % 8) {
    case 0:
      return reflection.RemoveLast(&message, &field);
    case 1:
      return reflection.SwapElements(&message, &field, one, other);
    case 2: {
      Message& added = *reflection.AddMessage(&message, &field);
      return added.CopyFrom(reflection.GetRepeatedMessage(message, &field, one));
    }
    default:
      return spoil(*reflection.MutableRepeatedMessage(&message, &field, one), random);
  }
}

void spoil(Message& message, std::mt19937_64& random) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  if (fields.empty()) return;
  const FieldDescriptor& field = *fields[random() % fields.size()];
  if (random() % 16 == 0) {
    reflection.ClearField(&message, &field);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    spoil_messages(message, field, random);
  } else {
    spoil_value(message, field, random);
  }
}

}  // namespace

std::vector<std::string> model_seeds() {
  std::vector<std::string> files = {plain(), with_subgraphs(), with_functions_and_external_data(), convolution()};
  const std::size_t valid = files.size();
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < kSpoiltSeeds; ++i) {
    onnx::ModelProto model;
    model.ParseFromString(files[i % valid]);
    for (std::size_t change = 0; change <= i % 3; ++change) spoil(model, random);
    files.push_back(model.SerializeAsString());
  }
  return files;
}

}  // namespace tandem::fuzz
