// A dense tensor in row-major order: element type, shape, and bytes that are either its own or borrowed from an owner
// that it keeps alive. Copies share the bytes. Used by every folder that touches data. Not synchronised: share a tensor
// between threads only while nobody writes to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::base {

// The values are ONNX's TensorProto.DataType, so they can be stored and sent as they are.
enum class ElementType : std::int32_t {
  Undefined = 0,
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
};

// Bytes of one element; 0 for strings, undefined and unknown types, which Tandem can neither size nor send.
std::size_t element_size(ElementType type);
std::string name_of(ElementType type);  // "float32", "int64", …

using Shape = std::vector<std::int64_t>;

std::string to_string(const Shape& shape);  // "1x3x224x224"; "scalar" when empty

// Parses "1x3x224x224". Throws Error(InvalidInput) unless it is 1 to 16 positive numbers whose product fits 2^40.
Shape parse_shape(std::string_view text);

struct TensorType {
  ElementType element = ElementType::Undefined;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};

// Elements in a shape. Throws Error(InvalidInput) on a negative dimension or a product beyond 2^40: shapes come from
// files and from peers, so this is the check that stands before every allocation.
std::size_t element_count(const Shape& shape);
std::size_t size_bytes(const TensorType& type);  // Throws likewise, and on a type without a size.

class Tensor {
 public:
  Tensor() = default;

  // Uninitialised bytes of its own, aligned to 64. Throws Error(InvalidInput) as size_bytes does.
  static Tensor allocate(TensorType type);

  // Borrows [bytes, bytes + size) for as long as `owner` lives. Throws Error(InvalidInput) when size disagrees with
  // type.
  static Tensor view(TensorType type, std::shared_ptr<void> owner, std::byte* bytes, std::size_t size);

  template <class T>
  static Tensor of(TensorType type, std::span<const T> values);

  const TensorType& type() const { return type_; }
  ElementType element() const { return type_.element; }
  const Shape& shape() const { return type_.shape; }
  std::size_t size() const { return size_; }  // bytes
  bool empty() const { return bytes_ == nullptr; }

  std::span<const std::byte> bytes() const { return {bytes_, size_}; }
  std::span<std::byte> mutable_bytes() { return {bytes_, size_}; }

  // The elements as T. The caller names the right T: its size must equal the element size.
  template <class T>
  std::span<const T> values() const {
    return {reinterpret_cast<const T*>(bytes_), size_ / sizeof(T)};
  }
  template <class T>
  std::span<T> mutable_values() {
    return {reinterpret_cast<T*>(bytes_), size_ / sizeof(T)};
  }
  const std::shared_ptr<void>& owner() const { return owner_; }

 private:
  TensorType type_;
  std::shared_ptr<void> owner_;
  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

void copy_bytes(std::span<const std::byte> from, Tensor& to);  // Sizes must be equal.

template <class T>
Tensor Tensor::of(TensorType type, std::span<const T> values) {
  Tensor tensor = allocate(std::move(type));
  copy_bytes(std::as_bytes(values), tensor);
  return tensor;
}

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct NamedType {
  std::string name;
  TensorType type;
  bool operator==(const NamedType&) const = default;
};

// How far `actual` is from `expected`: max |actual − expected| ÷ max |expected| over the elements (the largest
// difference relative to the tensor's largest magnitude; 0 ÷ 0 counts as 0). Integers and booleans: 0 if equal, else 1.
// Infinity when types or shapes differ, or when one is NaN where the other is not.
double relative_difference(const Tensor& actual, const Tensor& expected);

float half_to_float(std::uint16_t bits);      // IEEE 754 binary16
float bfloat16_to_float(std::uint16_t bits);  // the upper half of a binary32

}  // namespace tandem::base
