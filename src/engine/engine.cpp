#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <utility>

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

// The bits of a number with this many bits of mantissa; `bias` is that of its exponent. Not for tiny numbers.
std::uint16_t narrowed(double value, int mantissa_bits, int bias) {
  if (value == 0) return 0;
  int exponent = 0;
  const double mantissa = 2 * std::frexp(std::abs(value), &exponent) - 1;
  const long bits = std::lround(std::ldexp(mantissa, mantissa_bits)) + ((exponent - 1L + bias) << mantissa_bits);
  return static_cast<std::uint16_t>(bits | (value < 0 ? 0x8000 : 0));
}

// Draws the values of one tensor, in order.
class Values {
 public:
  Values(model::ValueRange range, std::size_t count, std::mt19937& random) : range_(std::move(range)), random_(random) {
    if (range_.each.size() != count) range_.each.clear();
  }

  double next() {
    if (!range_.each.empty()) return range_.each[place_++];
    const double share = static_cast<double>(random_() >> 8) * 0x1p-24;
    const double width = range_.most - range_.least;
    return range_.is_whole ? range_.least + std::floor(share * (width + 1)) : range_.least + share * width;
  }

 private:
  model::ValueRange range_;
  std::size_t place_ = 0;
  std::mt19937& random_;
};

// The values that fit an integer, as far as a double counts.
model::ValueRange limits_of(base::ElementType element) {
  using base::ElementType;
  if (element == ElementType::Bool) return {0, 1};
  const bool is_unsigned = element == ElementType::UInt8 || element == ElementType::UInt16 ||
                           element == ElementType::UInt32 || element == ElementType::UInt64;
  const double half = std::exp2(std::min<double>(8.0 * static_cast<double>(base::element_size(element)), 53) - 1);
  return is_unsigned ? model::ValueRange{0, 2 * half - 1} : model::ValueRange{-half, half - 1};
}

model::ValueRange within(const model::ValueRange& limits, const model::ValueRange& range) {
  const double least = std::clamp(std::ceil(range.least), limits.least, limits.most);
  return {least, std::clamp(std::floor(range.most), least, limits.most), true, range.each};
}

void fill_integers(base::Tensor& tensor, const model::ValueRange& range, std::mt19937& random) {
  const std::size_t width = base::element_size(tensor.element());
  const auto bytes = tensor.mutable_bytes();
  Values values(within(limits_of(tensor.element()), range), bytes.size() / width, random);
  for (std::size_t place = 0; place + width <= bytes.size(); place += width) {
    const auto value = static_cast<std::int64_t>(values.next());
    std::memcpy(&bytes[place], &value, std::min(width, sizeof value));
  }
}

template <class Number, class Convert>
void fill(base::Tensor& tensor, const model::ValueRange& range, std::mt19937& random, const Convert& convert) {
  const auto numbers = tensor.mutable_values<Number>();
  Values values(range, numbers.size(), random);
  for (Number& number : numbers) number = static_cast<Number>(convert(values.next()));
}

void fill_halves(base::Tensor& tensor, const std::optional<model::ValueRange>& range, std::mt19937& random,
                 unsigned mantissa_bits, unsigned exponent) {
  if (range) {
    return fill<std::uint16_t>(tensor, *range, random, [&](double value) {
      return narrowed(value, static_cast<int>(mantissa_bits), static_cast<int>(exponent) + 1);
    });
  }
  for (auto& bits : tensor.mutable_values<std::uint16_t>()) bits = half_of(random, mantissa_bits, exponent);
}

void fill(base::Tensor& tensor, const std::optional<model::ValueRange>& range, std::mt19937& random) {
  using base::ElementType;
  const auto same = [](double value) { return value; };
  const auto real = range.value_or(model::ValueRange{-1, 1, false});
  const ElementType element = tensor.element();
  if (element == ElementType::Float32) return fill<float>(tensor, real, random, same);
  if (element == ElementType::Float64) return fill<double>(tensor, real, random, same);
  if (element == ElementType::Float16) return fill_halves(tensor, range, random, 10, 14);
  if (element == ElementType::BFloat16) return fill_halves(tensor, range, random, 7, 126);
  const model::ValueRange any = element == ElementType::UInt8 ? model::ValueRange{0, 255} : model::ValueRange{};
  fill_integers(tensor, range.value_or(any), random);
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
