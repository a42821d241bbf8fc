// The elements of a chunk within its tensor, and bytes at the end of an encoding. Private to codec/.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "base/tensor.h"
#include "codec/layout.h"

namespace tandem::codec {

static_assert(std::endian::native == std::endian::little, "encodings and tensors are little-endian");

inline std::size_t elements_in(const base::TensorType& type, Chunk chunk) {
  return (chunk.last_plane - chunk.first_plane) * layout_of(type.shape).plane_elements();
}

template <class T>
std::span<const T> values_in(const base::Tensor& tensor, Chunk chunk) {
  const std::size_t plane = layout_of(tensor.shape()).plane_elements();
  return tensor.values<T>().subspan(chunk.first_plane * plane, (chunk.last_plane - chunk.first_plane) * plane);
}

template <class T>
std::span<T> mutable_values_in(base::Tensor& tensor, Chunk chunk) {
  const std::size_t plane = layout_of(tensor.shape()).plane_elements();
  return tensor.mutable_values<T>().subspan(chunk.first_plane * plane, (chunk.last_plane - chunk.first_plane) * plane);
}

inline std::span<const std::byte> bytes_in(const base::Tensor& tensor, Chunk chunk) {
  const std::size_t plane = layout_of(tensor.shape()).plane_elements() * base::element_size(tensor.element());
  return tensor.bytes().subspan(chunk.first_plane * plane, (chunk.last_plane - chunk.first_plane) * plane);
}

inline std::span<std::byte> mutable_bytes_in(base::Tensor& tensor, Chunk chunk) {
  const std::size_t plane = layout_of(tensor.shape()).plane_elements() * base::element_size(tensor.element());
  return tensor.mutable_bytes().subspan(chunk.first_plane * plane, (chunk.last_plane - chunk.first_plane) * plane);
}

// Grows `out` by `count` bytes, and returns these.
inline std::span<std::byte> extend(std::vector<std::byte>& out, std::size_t count) {
  out.resize(out.size() + count);
  return std::span(out).last(count);
}

inline std::uint8_t* as_codes(std::span<std::byte> bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}
inline const std::uint8_t* as_codes(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace tandem::codec
