#include "engine/engine.h"

#include <fmt/format.h>

#include <random>

#include "base/error.h"

namespace tandem::engine {
namespace {

// More than any real input; a shape in a file may ask for anything.
constexpr std::size_t kMostBytes = std::size_t{4} << 30;

// The bits of a number with a sign, a magnitude in [2^-7, 1), and this many bits of mantissa; `exponent` is that of
// [0.5, 1).
std::uint16_t half_of(std::mt19937& random, unsigned mantissa_bits, unsigned exponent) {
  const auto bits = static_cast<unsigned>(random());
  const unsigned mantissa = bits & ((1U << mantissa_bits) - 1);
  const unsigned power = exponent - (bits >> 16) % 7;
  return static_cast<std::uint16_t>((bits & 0x8000U) | power << mantissa_bits | mantissa);
}

void fill(base::Tensor& tensor, std::mt19937& random) {
  if (tensor.element() == base::ElementType::Float32) {
    for (float& value : tensor.mutable_values<float>()) value = static_cast<float>(random() >> 8) * 0x1p-23f - 1.0f;
  } else if (tensor.element() == base::ElementType::Float64) {
    for (double& value : tensor.mutable_values<double>()) value = static_cast<double>(random() >> 8) * 0x1p-23 - 1.0;
  } else if (tensor.element() == base::ElementType::Float16) {
    for (auto& bits : tensor.mutable_values<std::uint16_t>()) bits = half_of(random, 10, 14);
  } else if (tensor.element() == base::ElementType::BFloat16) {
    for (auto& bits : tensor.mutable_values<std::uint16_t>()) bits = half_of(random, 7, 126);
  } else {
    // 0 and 1 fit all integers, which index and count.
    const std::size_t width = base::element_size(tensor.element());
    auto bytes = tensor.mutable_bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i % width == 0 ? random() & 1 : 0);
  }
}

}  // namespace

std::vector<base::Tensor> made_up_inputs(const std::vector<base::NamedType>& types, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<base::Tensor> tensors;
  std::size_t bytes = 0;
  for (const auto& type : types) {
    bytes += base::size_bytes(type.type);
    if (bytes > kMostBytes) {
      throw base::Error(
          base::ErrorKind::ResourceExhausted,
          fmt::format("made-up inputs up to '{}' of {} {} take {} bytes, expected at most {}", type.name,
                      base::name_of(type.type.element), base::to_string(type.type.shape), bytes, kMostBytes));
    }
    tensors.push_back(base::Tensor::allocate(type.type));
    fill(tensors.back(), random);
  }
  return tensors;
}

}  // namespace tandem::engine
