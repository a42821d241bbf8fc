#include "base/tensor.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr std::size_t kMaxElements = std::size_t{1} << 40;
constexpr std::align_val_t kAlignment{64};

double element_as_double(const Tensor& tensor, std::size_t index) {
  switch (tensor.element()) {
    case ElementType::Float32:
      return tensor.values<float>()[index];
    case ElementType::Float64:
      return tensor.values<double>()[index];
    case ElementType::Float16:
      return half_to_float(tensor.values<std::uint16_t>()[index]);
    case ElementType::BFloat16:
      return bfloat16_to_float(tensor.values<std::uint16_t>()[index]);
    default:
      return 0;
  }
}

bool is_floating(ElementType type) {
  return type == ElementType::Float32 || type == ElementType::Float64 || type == ElementType::Float16 ||
         type == ElementType::BFloat16;
}

double floating_difference(const Tensor& actual, const Tensor& expected) {
  const std::size_t count = element_count(expected.shape());
  double largest = 0;
  double magnitude = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double a = element_as_double(actual, i);
    const double e = element_as_double(expected, i);
    if (std::isnan(a) != std::isnan(e)) return std::numeric_limits<double>::infinity();
    if (std::isnan(e) || a == e) {
      if (std::isfinite(e)) magnitude = std::max(magnitude, std::abs(e));
      continue;
    }
    if (!std::isfinite(a) || !std::isfinite(e)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(a - e));
    magnitude = std::max(magnitude, std::abs(e));
  }
  if (largest == 0) return 0;
  return magnitude > 0 ? largest / magnitude : std::numeric_limits<double>::infinity();
}

}  // namespace

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::UInt8:
    case ElementType::Int8:
    case ElementType::Bool:
      return 1;
    case ElementType::UInt16:
    case ElementType::Int16:
    case ElementType::Float16:
    case ElementType::BFloat16:
      return 2;
    case ElementType::Float32:
    case ElementType::Int32:
    case ElementType::UInt32:
      return 4;
    case ElementType::Int64:
    case ElementType::UInt64:
    case ElementType::Float64:
    case ElementType::Complex64:
      return 8;
    case ElementType::Complex128:
      return 16;
    default:
      return 0;
  }
}

std::string name_of(ElementType type) {
  static constexpr const char* kNames[] = {"undefined", "float32", "uint8",     "int8",       "uint16",  "int16",
                                           "int32",     "int64",   "string",    "bool",       "float16", "float64",
                                           "uint32",    "uint64",  "complex64", "complex128", "bfloat16"};
  if (type == ElementType::Sequence) return "sequence";
  if (type == ElementType::Map) return "map";
  if (type == ElementType::Optional) return "optional";
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kNames) ? kNames[index] : fmt::format("element type {}", static_cast<int>(type));
}

std::string to_string(const Shape& shape) {
  if (shape.empty()) return "scalar";
  if (shape.front() == kUnknownRank) return "unknown shape";
  std::vector<std::string> dimensions;
  for (const auto dimension : shape)
    dimensions.push_back(dimension == kUnknownDimension ? "?" : std::to_string(dimension));
  return fmt::format("{}", fmt::join(dimensions, "x"));
}

std::string to_string(const TensorType& type) {
  const bool is_tensor = static_cast<int>(type.element) > 0;
  return is_tensor ? fmt::format("{} {}", name_of(type.element), to_string(type.shape)) : name_of(type.element);
}

bool is_fixed(const TensorType& type) {
  return element_size(type.element) > 0 &&
         std::ranges::all_of(type.shape, [](std::int64_t dimension) { return dimension >= 0; });
}

Shape parse_shape(std::string_view text) {
  const auto fail = [&] {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("shape '{}': expected 1 to 16 numbers joined by 'x', such as 1x3x224x224", text));
  };
  Shape shape;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    std::int64_t value = 0;
    const auto [next, status] = std::from_chars(at, end, value);
    if (status != std::errc{} || value < 0 || shape.size() == 16) throw fail();
    shape.push_back(value);
    if (next == end) break;
    if (*next != 'x') throw fail();
    at = next + 1;
  }
  element_count(shape);
  return shape;
}

bool fits(const TensorType& actual, const TensorType& expected) {
  if (expected.element == ElementType::Undefined) return true;
  if (actual.element != expected.element) return false;
  if (expected.shape == Shape{kUnknownRank}) return true;
  return std::ranges::equal(actual.shape, expected.shape, [](std::int64_t size, std::int64_t wanted) {
    return wanted == kUnknownDimension || size == wanted;
  });
}

std::size_t element_count(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t dimension : shape) {
    const auto wide = static_cast<std::size_t>(dimension);
    if (dimension < 0 || (wide != 0 && count > kMaxElements / wide)) {
      throw Error(
          ErrorKind::InvalidInput,
          fmt::format("shape {}: expected non-negative dimensions and at most 2^40 elements", to_string(shape)));
    }
    count *= wide;
  }
  return count;
}

std::size_t size_bytes(const TensorType& type) {
  const std::size_t size = element_size(type.element);
  if (size == 0) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("a tensor of {}: its elements have no fixed size", name_of(type.element)));
  }
  return size * element_count(type.shape);
}

namespace {

void* memory_for(const TensorType& type, std::size_t size) try {
  return ::operator new(std::max<std::size_t>(size, 1), kAlignment);
} catch (const std::bad_alloc&) {
  throw Error(ErrorKind::ResourceExhausted, fmt::format("a tensor of {} {}: no memory for its {} bytes",
                                                        name_of(type.element), to_string(type.shape), size));
}

}  // namespace

Tensor Tensor::allocate(TensorType type) {
  Tensor tensor;
  tensor.size_ = size_bytes(type);
  tensor.type_ = std::move(type);
  void* memory = memory_for(tensor.type_, tensor.size_);
  tensor.owner_ = std::shared_ptr<void>(memory, [](void* pointer) { ::operator delete(pointer, kAlignment); });
  tensor.bytes_ = static_cast<std::byte*>(memory);
  return tensor;
}

Tensor Tensor::view(TensorType type, std::shared_ptr<void> owner, std::byte* bytes, std::size_t size) {
  const std::size_t expected = size_bytes(type);
  if (expected != size) {
    throw Error(ErrorKind::InvalidInput, fmt::format("a tensor of {} {}: {} bytes given, {} expected",
                                                     name_of(type.element), to_string(type.shape), size, expected));
  }
  static std::byte nothing{};  // a tensor without elements has an address, too: only no tensor is empty()
  Tensor tensor;
  tensor.type_ = std::move(type);
  tensor.owner_ = std::move(owner);
  tensor.bytes_ = bytes == nullptr ? &nothing : bytes;
  tensor.size_ = size;
  return tensor;
}

void copy_bytes(std::span<const std::byte> from, Tensor& to) {
  if (from.size() != to.size()) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("a tensor of {} {}: {} bytes given, {} expected", name_of(to.element()),
                            to_string(to.shape()), from.size(), to.size()));
  }
  if (!from.empty()) std::memcpy(to.mutable_bytes().data(), from.data(), from.size());
}

TensorType byte_type(std::size_t count) {
  return {ElementType::UInt8, {static_cast<std::int64_t>(count)}};
}

Tensor tensor_of(std::string_view text) {
  return Tensor::of<char>(byte_type(text.size()), text);
}

std::string_view text_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size()};
}

double relative_difference(const Tensor& actual, const Tensor& expected) {
  if (actual.type() != expected.type()) return std::numeric_limits<double>::infinity();
  if (is_floating(expected.element())) return floating_difference(actual, expected);
  const bool equal = std::ranges::equal(actual.bytes(), expected.bytes());
  return equal ? 0 : 1;
}

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const int exponent = (bits >> 10) & 0x1f;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                        : std::ldexp(static_cast<float>(mantissa | 0x400u), exponent - 25);
  return sign != 0 ? -magnitude : magnitude;
}

float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace tandem::base
