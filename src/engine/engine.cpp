#include "engine/engine.h"

#include <random>

namespace tandem::engine {
namespace {

void fill(base::Tensor& tensor, std::mt19937& random) {
  if (tensor.element() == base::ElementType::Float32) {
    for (float& value : tensor.mutable_values<float>()) value = static_cast<float>(random() >> 8) * 0x1p-23f - 1.0f;
  } else if (tensor.element() == base::ElementType::Float64) {
    for (double& value : tensor.mutable_values<double>()) value = static_cast<double>(random() >> 8) * 0x1p-23 - 1.0;
  } else {
    // Integers index and count, and half-precision bit patterns 0 and 1 are numbers near zero: small values fit all.
    const std::size_t width = base::element_size(tensor.element());
    auto bytes = tensor.mutable_bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i % width == 0 ? random() & 1 : 0);
  }
}

}  // namespace

std::vector<base::Tensor> made_up_inputs(const std::vector<base::NamedType>& types, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<base::Tensor> tensors;
  for (const auto& type : types) {
    tensors.push_back(base::Tensor::allocate(type.type));
    fill(tensors.back(), random);
  }
  return tensors;
}

}  // namespace tandem::engine
