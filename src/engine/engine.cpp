#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <span>

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

template <class Number>
void fill(std::span<Number> values, const std::optional<model::ValueRange>& range, std::mt19937& random) {
  const auto [least, most, is_whole] = range.value_or(model::ValueRange{-1, 1, false});
  for (Number& value : values) {
    const double share = static_cast<double>(random() >> 8) * 0x1p-24;
    value =
        static_cast<Number>(is_whole ? least + std::floor(share * (most - least + 1)) : least + share * (most - least));
  }
}

// The values that fit an integer of so many bytes, as far as a double counts.
model::ValueRange limits_of(base::ElementType element) {
  using base::ElementType;
  if (element == ElementType::Bool) return {0, 1};
  const bool is_unsigned = element == ElementType::UInt8 || element == ElementType::UInt16 ||
                           element == ElementType::UInt32 || element == ElementType::UInt64;
  const double half = std::exp2(std::min<double>(8.0 * static_cast<double>(base::element_size(element)), 53) - 1);
  return is_unsigned ? model::ValueRange{0, 2 * half - 1} : model::ValueRange{-half, half - 1};
}

void fill_integers(base::Tensor& tensor, const std::optional<model::ValueRange>& range, std::mt19937& random) {
  const model::ValueRange any =
      tensor.element() == base::ElementType::UInt8 ? model::ValueRange{0, 255} : model::ValueRange{};
  const model::ValueRange limits = limits_of(tensor.element());
  const auto [least, most, is_whole] = range.value_or(any);
  const auto first = static_cast<std::int64_t>(std::clamp(std::ceil(least), limits.least, limits.most));
  const auto last = static_cast<std::int64_t>(std::clamp(std::floor(most), static_cast<double>(first), limits.most));
  const std::size_t width = base::element_size(tensor.element());
  const auto bytes = tensor.mutable_bytes();
  for (std::size_t place = 0; place + width <= bytes.size(); place += width) {
    const std::int64_t value =
        first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first + 1));
    std::memcpy(&bytes[place], &value, std::min(width, sizeof value));
  }
}

void fill(base::Tensor& tensor, const std::optional<model::ValueRange>& range, std::mt19937& random) {
  if (tensor.element() == base::ElementType::Float32) {
    fill(tensor.mutable_values<float>(), range, random);
  } else if (tensor.element() == base::ElementType::Float64) {
    fill(tensor.mutable_values<double>(), range, random);
  } else if (tensor.element() == base::ElementType::Float16) {
    for (auto& bits : tensor.mutable_values<std::uint16_t>()) bits = half_of(random, 10, 14);
  } else if (tensor.element() == base::ElementType::BFloat16) {
    for (auto& bits : tensor.mutable_values<std::uint16_t>()) bits = half_of(random, 7, 126);
  } else {
    fill_integers(tensor, range, random);
  }
}

std::optional<model::ValueRange> range_of(const std::string& name, const model::RangeByInput& ranges) {
  const auto range = ranges.find(name);
  return range == ranges.end() ? std::nullopt : std::optional(range->second);
}

}  // namespace

std::vector<base::Tensor> made_up_inputs(const std::vector<base::NamedType>& types, unsigned seed,
                                         const model::RangeByInput& ranges) {
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
    fill(tensors.back(), range_of(type.name, ranges), random);
  }
  return tensors;
}

}  // namespace tandem::engine
