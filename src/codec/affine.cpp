#include "codec/affine.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/simd.h"

namespace tandem::codec {
namespace {

constexpr float kMostMagnitude = 1e38F;
constexpr std::size_t kLanes = 16;

struct Range {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

[[gnu::always_inline]] inline void include(float value, float& low, float& high) {
  low = value < low ? value : low;  // false for NaN
  high = value > high ? value : high;
}

// In lanes, which compilers turn into vectors. Values are compared in the same order on every processor.
Range range_of(std::span<const float> values) {
  std::array<float, kLanes> low, high;
  low.fill(Range().low);
  high.fill(Range().high);
  const float* const first = values.data();
  const std::size_t count = values.size();
  run_fast([&]() __attribute__((always_inline)) {
    std::array<float, kLanes> lows = low, highs = high;
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) include(first[i + lane], lows[lane], highs[lane]);
    }
    for (; i < count; ++i) include(first[i], lows[i % kLanes], highs[i % kLanes]);
    low = lows;
    high = highs;
  });
  return {*std::ranges::min_element(low), *std::ranges::max_element(high)};
}

Range range_of_finite(std::span<const float> values) {
  Range range;
  for (const float value : values) {
    if (std::isfinite(value)) include(std::clamp(value, -kMostMagnitude, kMostMagnitude), range.low, range.high);
  }
  return range;
}

bool is_ordinary(const Range& range) {
  return range.low >= -kMostMagnitude && range.low <= range.high && range.high <= kMostMagnitude;
}

// In [low, high]; NaN: low.
[[gnu::always_inline]] inline float clamped(float value, float low, float high) {
  value = value > low ? value : low;
  return value < high ? value : high;
}

// For values in [−2^22, 2^22]: the last bit of the sum is worth 1, and processors round to the nearest, half to even.
[[gnu::always_inline]] inline std::int32_t rounded(float value) {
  constexpr float kMagic = 0x1.8p23F;
  return std::bit_cast<std::int32_t>(value + kMagic) - std::bit_cast<std::int32_t>(kMagic);
}

// to(value) for each. `to` holds copies: through references, compilers must assume that writing a code changes them.
template <class To>
[[gnu::always_inline]] inline void convert(const float* __restrict values, std::size_t count, To to,
                                           std::uint8_t* __restrict codes) {
  for (std::size_t i = 0; i < count; ++i) codes[i] = static_cast<std::uint8_t>(to(values[i]));
}

template <class To>
void convert_all(std::span<const float> values, const To& to, std::uint8_t* codes) {
  run_fast([=]() __attribute__((always_inline)) { convert(values.data(), values.size(), to, codes); });
}

}  // namespace

Affine affine_of(std::span<const float> values, int top) {
  Range range = range_of(values);
  if (!is_ordinary(range)) range = range_of_finite(values);
  if (!is_ordinary(range)) return {};
  const auto step = static_cast<float>((static_cast<double>(range.high) - static_cast<double>(range.low)) / top);
  return {range.low + 0.0F, step < FLT_MIN ? 0.0F : step};  // + 0: no −0, which is as low as 0
}

void to_codes(std::span<const float> values, const Affine& affine, int top, std::uint8_t* codes) {
  const float low = affine.low;
  const float inverse = affine.step > 0 ? static_cast<float>(1.0 / static_cast<double>(affine.step)) : 0.0F;
  const auto most = static_cast<float>(top);
  const auto to_code = [=](float value) __attribute__((always_inline)) {
    return rounded(clamped((value - low) * inverse, 0, most));
  };
  convert_all(values, to_code, codes);
}

void to_codes_with_zero(std::span<const float> values, float scale, int zero, std::uint8_t* codes) {
  const auto least = static_cast<float>(-zero);
  const auto most = static_cast<float>(255 - zero);
  const auto to_code = [=](float value) __attribute__((always_inline)) {
    return rounded(clamped(value / scale, least, most)) + zero;
  };
  convert_all(values, to_code, codes);
}

void to_bytes(std::span<const float> values, const ByteScale& bytes, std::uint8_t* codes) {
  const float scale = bytes.scale;
  const float shift = bytes.shift;
  const auto to_byte = [=](float value) __attribute__((always_inline)) {
    return rounded(clamped((value - shift) / scale, 0, 255));
  };
  convert_all(values, to_byte, codes);
}

Table table_of(const Affine& affine) {
  Table table;
  for (std::size_t code = 0; code < table.size(); ++code) {
    // In double: 255 steps may exceed a float, since codes beyond the top, which are never sent, may be far away.
    const double value = static_cast<double>(affine.low) + static_cast<double>(affine.step) * static_cast<double>(code);
    table[code] = static_cast<float>(std::min<double>(value, FLT_MAX));
  }
  return table;
}

Table table_of_zero(float scale, int zero) {
  Table table;
  for (int code = 0; code < 256; ++code) {
    table[static_cast<std::size_t>(code)] = static_cast<float>(code - zero) * scale;
  }
  return table;
}

Table table_of(const ByteScale& bytes) {
  Table table;
  for (std::size_t code = 0; code < table.size(); ++code)
    table[code] = static_cast<float>(code) * bytes.scale + bytes.shift;
  return table;
}

void from_codes(const std::uint8_t* codes, const Table& table, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = table[codes[i]];
}

void write_affine(const Affine& affine, std::span<std::byte> bytes) {
  std::memcpy(bytes.data(), &affine.low, 4);
  std::memcpy(bytes.data() + 4, &affine.step, 4);
}

Affine read_affine(std::span<const std::byte> bytes, std::string_view codec) {
  if (bytes.size() < kAffineBytes) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: a chunk of {} bytes, expected at least {}", codec, bytes.size(), kAffineBytes));
  }
  Affine affine;
  std::memcpy(&affine.low, bytes.data(), 4);
  std::memcpy(&affine.step, bytes.data() + 4, 4);
  const bool is_low_fine = affine.low >= -kMostMagnitude && affine.low <= kMostMagnitude;
  const bool is_step_fine = affine.step == 0 || (affine.step >= FLT_MIN && affine.step <= 2 * kMostMagnitude);
  if (!is_low_fine || !is_step_fine) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: a chunk that begins at {} in steps of {}, expected numbers up to {}", codec,
                                  affine.low, affine.step, kMostMagnitude));
  }
  return affine;
}

}  // namespace tandem::codec
