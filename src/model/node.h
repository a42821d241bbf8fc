// One node of an ONNX graph, free of ONNX's own types: written by GraphBuilder, listed by Program. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/tensor.h"

namespace tandem::model {

using AttributeValue =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>, base::Tensor>;

struct Attribute {
  std::string name;
  AttributeValue value;
};

struct Node {
  std::string op_type;
  std::vector<std::string> inputs;  // an empty name leaves out an optional one
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes;
  std::string name;
  std::string domain;  // empty: ONNX's own operators

  // The attribute called `wanted`, or `otherwise` where the node does not have it. Throws Error(InvalidInput) when it
  // is there and of another type.
  std::int64_t integer(const std::string& wanted, std::int64_t otherwise) const;
  float number(const std::string& wanted, float otherwise) const;
  std::string text(const std::string& wanted, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(const std::string& wanted, const std::vector<std::int64_t>& otherwise) const;
  std::vector<float> numbers(const std::string& wanted, const std::vector<float>& otherwise) const;
  const Attribute* find(const std::string& wanted) const;  // null where there is none
};

}  // namespace tandem::model
