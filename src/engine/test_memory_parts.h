// For tests of memory: small parts that take much of it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/test_parts.h"

namespace tandem::engine {

inline constexpr std::int64_t kEightGigabytes = std::int64_t{2} << 30;  // of floats

// y = x + max of x expanded to so many floats.
inline model::Part expanding_part(std::int64_t floats) {
  model::TestModel test;
  test.input("x").typed_weight("shape", {2}, onnx::TensorProto::INT64);
  auto& shape = *test.graph().mutable_initializer(0);
  for (const std::int64_t dimension : {floats / 4, std::int64_t{4}}) shape.add_int64_data(dimension);
  test.node("Expand", {"x", "shape"}, {"large"});
  test.node("ReduceMax", {"large"}, {"most"});
  test.node("Add", {"x", "most"}, {"y"});
  test.output("y");
  return part_of(test);
}

// The same of a constant, which an engine computes when it loads the graph.
inline model::Part folding_part(std::int64_t floats) {
  model::TestModel test;
  test.input("x").typed_weight("shape", {1}, onnx::TensorProto::INT64).add_int64_data(floats);
  test.node("ConstantOfShape", {"shape"}, {"large"});
  test.node("Neg", {"large"}, {"larger"});
  test.node("ReduceMax", {"larger"}, {"most"});
  test.node("Add", {"x", "most"}, {"y"});
  test.output("y");
  return part_of(test);
}

inline model::Part part_of_large_constant() {
  return folding_part(kEightGigabytes);
}

// y = x + n, where n floats are made of the request's own number.
inline model::Part part_of_floats() {
  model::TestModel test;
  test.input("x").input("floats", {1}, onnx::TensorProto::INT64);
  test.node("ConstantOfShape", {"floats"}, {"large"});
  test.node("ReduceSum", {"large"}, {"sum"});
  test.node("Add", {"x", "sum"}, {"y"});
  test.output("y");
  model::Part part = part_of(test);
  part.inputs.push_back({"floats", {base::ElementType::Int64, {1}}});
  return part;
}

}  // namespace tandem::engine
