// For tests of the engine and of whole programs: small parts that compute without an end.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "model/part.h"
#include "model/test_models.h"

namespace tandem::engine {

inline model::Part part_of(const model::TestModel& test) {
  model::Part part;
  part.graph = test.proto.SerializeAsString();
  part.inputs = {{"x", {base::ElementType::Float32, {1, 4}}}};
  part.outputs = {{"y", {base::ElementType::Float32, {1, 4}}}};
  return part;
}

namespace hostile {

inline void add_value(onnx::ValueInfoProto& value, const std::string& name, int element) {
  value.set_name(name);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(element);
}

// Each round adds x to the sum.
inline void fill_body(onnx::GraphProto& body) {
  add_value(*body.add_input(), "round", onnx::TensorProto::INT64);
  add_value(*body.add_input(), "goes_on", onnx::TensorProto::BOOL);
  add_value(*body.add_input(), "sum", onnx::TensorProto::FLOAT);
  model::TestModel::fill_node(*body.add_node(), "Identity", {"goes_on"}, {"still_goes_on"});
  model::TestModel::fill_node(*body.add_node(), "Add", {"sum", "x"}, {"next_sum"});
  add_value(*body.add_output(), "still_goes_on", onnx::TensorProto::BOOL);
  add_value(*body.add_output(), "next_sum", onnx::TensorProto::FLOAT);
}

inline void add_loop(model::TestModel& test) {
  test.input("x").typed_weight("always", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  fill_body(model::TestModel::add_subgraph(test.node("Loop", {"rounds", "always", "x"}, {"y"}), "body"));
  test.output("y");
}

}  // namespace hostile

// 2^63 rounds of a Loop: kernels without an end.
inline model::Part endless_part() {
  model::TestModel test;
  test.typed_weight("rounds", {}, onnx::TensorProto::INT64).add_int64_data(std::numeric_limits<std::int64_t>::max());
  hostile::add_loop(test);
  return part_of(test);
}

// The same for a request that asks for as many `rounds`; one round on made-up input.
inline model::Part part_of_rounds() {
  model::TestModel test;
  hostile::add_loop(test);
  test.input("rounds", {}, onnx::TensorProto::INT64);
  model::Part part = part_of(test);
  part.inputs.push_back({"rounds", {base::ElementType::Int64, {}}});
  return part;
}

// One kernel that looks at 2^44 places for each of its outputs: it cannot be stopped.
inline model::Part stuck_part() {
  constexpr std::int64_t kPlaces = std::int64_t{1} << 22;
  model::TestModel test;
  test.input("image", {1, 1, 2, 2});
  auto& node = test.node("MaxPool", {"image"}, {"y"});
  const auto add = [&](const char* name, std::initializer_list<std::int64_t> values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  };
  add("kernel_shape", {kPlaces, kPlaces});
  add("dilations", {2, 2});
  add("pads", {kPlaces - 1, kPlaces - 1, kPlaces - 1, kPlaces - 1});
  test.output("y");
  model::Part part = part_of(test);
  part.inputs = {{"image", {base::ElementType::Float32, {1, 1, 2, 2}}}};
  part.outputs = {{"y", {base::ElementType::Float32, {1, 1, 2, 2}}}};
  return part;
}

}  // namespace tandem::engine
