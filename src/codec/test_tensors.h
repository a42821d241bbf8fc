// Tensors for the tests of src/codec, the same on every machine.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/tensor.h"
#include "codec/codec.h"
#include "codec/frame.h"

namespace tandem::codec::test {

inline constexpr std::size_t kLimit = std::size_t{1} << 26;

// Like activations: mostly 0, the others small multiples of 1/256, the larger the rarer. Made of integers.
inline base::Tensor sparse(const base::Shape& shape, std::uint32_t seed = 1) {
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, shape});
  std::mt19937 random(seed);
  for (float& value : tensor.mutable_values<float>()) {
    const std::uint32_t bits = random();
    const int size = static_cast<int>((bits >> 8) % 1024) * static_cast<int>((bits >> 20) % 1024) / 512;
    value = bits % 3 == 0 ? static_cast<float>(size) / 256 : 0.0F;
  }
  return tensor;
}

// Random bits; floats include NaN and infinity.
inline base::Tensor noise(const base::TensorType& type, std::uint32_t seed = 1) {
  base::Tensor tensor = base::Tensor::allocate(type);
  std::mt19937 random(seed);
  for (std::byte& byte : tensor.mutable_bytes()) byte = static_cast<std::byte>(random() >> 8);
  return tensor;
}

inline base::Tensor floats(const base::Shape& shape, const std::vector<float>& values) {
  return base::Tensor::of<float>({base::ElementType::Float32, shape}, values);
}

inline base::Tensor filled(const base::Shape& shape, float value) {
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, shape});
  for (float& element : tensor.mutable_values<float>()) element = value;
  return tensor;
}

inline base::Tensor round_trip(const std::shared_ptr<const Codec>& codec, const base::Tensor& tensor) {
  return decode(codec, encode(codec, tensor), kLimit);
}

inline bool same_bytes(const base::Tensor& one, const base::Tensor& other) {
  return one.type() == other.type() && base::digest_of(one.bytes()) == base::digest_of(other.bytes());
}

}  // namespace tandem::codec::test
