// A dense tensor in row-major order: element type, shape and bytes, which it owns or borrows from an owner that it
// keeps alive. Copies share the bytes. Used by every folder that handles data. Not synchronised: threads may share a
// tensor only while none writes to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::base {

// The numbers of ONNX's TensorProto.DataType; stored and sent as such.
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
  // Values that are no tensors; never stored or sent.
  Sequence = -1,
  Map = -2,
  Optional = -3,
};

// Bytes of one element; 0 for strings, undefined and unknown types, which have no fixed size and cannot be sent.
std::size_t element_size(ElementType type);
std::string name_of(ElementType type);  // "float32", "int64", …

using Shape = std::vector<std::int64_t>;

// In the types of tensors before a run. A tensor that exists has neither.
inline constexpr std::int64_t kUnknownDimension = -1;
inline constexpr std::int64_t kUnknownRank = -2;  // the only entry of a shape of which nothing is known

std::string to_string(const Shape& shape);  // "1x3x224x224"; "scalar" when empty; "?x3", "unknown shape"

// Parses "1x3x224x224". Throws Error(InvalidInput) unless it is 1 to 16 numbers, none negative, whose product fits
// 2^40.
Shape parse_shape(std::string_view text);

struct TensorType {
  ElementType element = ElementType::Undefined;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};

std::string to_string(const TensorType& type);  // "float32 1x3", "int64 ?x3", "sequence"

// Whether its tensors have a size that is known before a run.
bool is_fixed(const TensorType& type);

// Whether a tensor of type `actual` is one of type `expected`, of which an undefined element type, an unknown rank and
// unknown dimensions say nothing.
bool fits(const TensorType& actual, const TensorType& expected);

// Number of elements. Throws Error(InvalidInput) on a negative dimension or a product beyond 2^40. Shapes come from
// files and peers, so every allocation calls this first.
std::size_t element_count(const Shape& shape);
std::size_t size_bytes(const TensorType& type);  // Throws likewise, and Error(Unsupported) on a type without a size.

class Tensor {
 public:
  Tensor() = default;

  // Owns uninitialised bytes, aligned to 64. Throws as size_bytes does.
  static Tensor allocate(TensorType type);

  // Borrows [bytes, bytes + size) and keeps `owner` alive. Throws Error(InvalidInput) unless `size` is that of the
  // type.
  static Tensor view(TensorType type, std::shared_ptr<void> owner, std::byte* bytes, std::size_t size);

  // Owns a copy of `values`. Throws as copy_bytes does.
  template <class T>
  static Tensor of(TensorType type, std::span<const T> values);

  const TensorType& type() const { return type_; }
  ElementType element() const { return type_.element; }
  const Shape& shape() const { return type_.shape; }
  std::size_t size() const { return size_; }  // bytes
  bool empty() const { return bytes_ == nullptr; }

  std::span<const std::byte> bytes() const { return {bytes_, size_}; }
  std::span<std::byte> mutable_bytes() { return {bytes_, size_}; }

  // The elements as T, whose size must be the element size.
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

// Throws Error(InvalidInput) unless the sizes are equal.
void copy_bytes(std::span<const std::byte> from, Tensor& to);

template <class T>
Tensor Tensor::of(TensorType type, std::span<const T> values) {
  Tensor tensor = allocate(std::move(type));
  copy_bytes(std::as_bytes(values), tensor);
  return tensor;
}

// Text as a tensor, for descriptions of codecs stored and sent beside weights.
TensorType byte_type(std::size_t count);         // uint8, [count]
Tensor tensor_of(std::string_view text);         // a copy of its bytes, of byte_type(text.size())
std::string_view text_of(const Tensor& tensor);  // the tensor's bytes; valid as long as they are

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct NamedType {
  std::string name;
  TensorType type;
  bool operator==(const NamedType&) const = default;
};

// Difference between two tensors relative to the largest magnitude expected: max |actual − expected| ÷ max |expected|
// over the elements; 0 ÷ 0 counts as 0. Of integers and booleans: 0 if equal, else 1. Infinity when types or shapes
// differ, or where two elements differ and one is not finite (NaN equals NaN).
double relative_difference(const Tensor& actual, const Tensor& expected);

float half_to_float(std::uint16_t bits);      // IEEE 754 binary16
float bfloat16_to_float(std::uint16_t bits);  // the upper half of a binary32

}  // namespace tandem::base
