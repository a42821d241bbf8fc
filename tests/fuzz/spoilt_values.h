// Values that attributes and tensors are spoilt with, and the spoiling. For graph_mutator.cpp.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <random>
#include <string>

namespace tandem::fuzz {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit);  // 0 for a limit of 0

// An element of a list that is not empty.
template <class List>
auto& some_of(List& list, Random& random) {
  return list[static_cast<int>(below(random, static_cast<std::size_t>(list.size())))];
}

// Near the value, or one at which programs break.
std::int64_t spoilt(std::int64_t value, Random& random);
float spoilt(float value, Random& random);

// Each returns the change in words.
std::string spoil_attribute(onnx::AttributeProto& attribute, Random& random);
std::string spoil_tensor(onnx::TensorProto& tensor, Random& random);

}  // namespace tandem::fuzz
