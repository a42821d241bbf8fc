// Codes of up to 8 bits at equal distances. Every path gives the same codes and values. For codec's own sources.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tandem::codec {

// A code q stands for low + step × q; with a step of 0 there is but the code 0.
struct Affine {
  float low = 0;
  float step = 0;
};
inline constexpr std::size_t kAffineBytes = 8;

// From the least to the greatest value with codes 0 … top. Values that are not finite do not count, nor does what is
// beyond ±1e38; a range below 1e-38 × top is none.
Affine affine_of(std::span<const float> values, int top);

// The nearest code, of two the even one. What is outside the range gets the code at its end, NaN the code 0.
void to_codes(std::span<const float> values, const Affine& affine, int top, std::uint8_t* codes);

// What ONNX's QuantizeLinear does for uint8: saturate(round_half_even(x ÷ scale) + zero); NaN: 0.
void to_codes_with_zero(std::span<const float> values, float scale, int zero, std::uint8_t* codes);

// Values that are bytes × scale + shift. The nearest byte; NaN: 0.
struct ByteScale {
  float scale = 1;
  float shift = 0;
};
void to_bytes(std::span<const float> values, const ByteScale& bytes, std::uint8_t* codes);

using Table = std::array<float, 256>;
Table table_of(const Affine& affine);
Table table_of_zero(float scale, int zero);  // DequantizeLinear: (code − zero) × scale
Table table_of(const ByteScale& bytes);
void from_codes(const std::uint8_t* codes, const Table& table, std::span<float> values);

// As the first kAffineBytes of a chunk. Reading throws Error(InvalidInput), naming the codec, unless there are so many,
// and numbers that affine_of() can give.
void write_affine(const Affine& affine, std::span<std::byte> bytes);
Affine read_affine(std::span<const std::byte> bytes, std::string_view codec);

}  // namespace tandem::codec
