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

inline void add_value(onnx::ValueInfoProto& value, const std::string& name, int element,
                      const base::Shape& shape = {}) {
  value.set_name(name);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(element);
  auto& dimensions = *value.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const std::int64_t dimension : shape) dimensions.add_dim()->set_dim_value(dimension);
}

// Each round adds x to the sum.
inline void fill_body(onnx::GraphProto& body) {
  add_value(*body.add_input(), "round", onnx::TensorProto::INT64);
  add_value(*body.add_input(), "goes_on", onnx::TensorProto::BOOL);
  add_value(*body.add_input(), "sum", onnx::TensorProto::FLOAT, {1, 4});
  model::TestModel::fill_node(*body.add_node(), "Identity", {"goes_on"}, {"still_goes_on"});
  model::TestModel::fill_node(*body.add_node(), "Add", {"sum", "x"}, {"next_sum"});
  add_value(*body.add_output(), "still_goes_on", onnx::TensorProto::BOOL);
  add_value(*body.add_output(), "next_sum", onnx::TensorProto::FLOAT, {1, 4});
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

// One kernel that compares each of so many boxes with each other one, some minutes long: it cannot be stopped.
inline model::Part stuck_part() {
  constexpr std::int64_t kBoxes = 600'000;
  model::TestModel test;
  test.input("boxes", {1, kBoxes, 4}).input("scores", {1, 1, kBoxes});
  test.typed_weight("all", {1}, onnx::TensorProto::INT64).add_int64_data(kBoxes);
  test.typed_weight("none_overlaps", {1}, onnx::TensorProto::FLOAT).add_float_data(1);
  test.node("NonMaxSuppression", {"boxes", "scores", "all", "none_overlaps"}, {"selected"});
  model::TestModel::add_attribute(test.node("Cast", {"selected"}, {"floats"}), "to", onnx::TensorProto::FLOAT);
  model::TestModel::add_attribute(test.node("ReduceMax", {"floats"}, {"y"}), "keepdims", 0);
  test.output("y");
  model::Part part = part_of(test);
  part.inputs = {{"boxes", {base::ElementType::Float32, {1, kBoxes, 4}}},
                 {"scores", {base::ElementType::Float32, {1, 1, kBoxes}}}};
  part.outputs = {{"y", {base::ElementType::Float32, {}}}};
  return part;
}

}  // namespace tandem::engine
