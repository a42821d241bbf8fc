// Codes of up to 8 bits at equal distances, and values of such codes; the same on every processor. Pure.
// Private to codec/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tandem::codec {

// Code q stands for low + step × q. With a step of 0, the only code is 0.
struct Affine {
  float low = 0;
  float step = 0;
};
inline constexpr std::size_t kAffineBytes = 8;

// From the least to the greatest value with codes 0 … top. Values that are not finite are ignored, others are clamped
// to ±1e38; the step of a range below 1e-38 × top is 0.
Affine affine_of(std::span<const float> values, int top);

// The nearest code; halves go to the even one. Values outside the range get the code at its end, NaN gets code 0.
void to_codes(std::span<const float> values, const Affine& affine, int top, std::uint8_t* codes);

// As ONNX's QuantizeLinear for uint8: saturate(round_half_even(x ÷ scale) + zero); NaN: 0.
void to_codes_with_zero(std::span<const float> values, float scale, int zero, std::uint8_t* codes);

// Values that are bytes × scale + shift.
struct ByteScale {
  float scale = 1;
  float shift = 0;
};
void to_bytes(std::span<const float> values, const ByteScale& bytes, std::uint8_t* codes);  // the nearest; NaN: 0

using Table = std::array<float, 256>;
Table table_of(const Affine& affine);
Table table_of_zero(float scale, int zero);  // DequantizeLinear: (code − zero) × scale
Table table_of(const ByteScale& bytes);
void from_codes(const std::uint8_t* codes, const Table& table, std::span<float> values);

// The first kAffineBytes of a chunk. Reading throws Error(InvalidInput), naming the codec, when there are fewer bytes,
// or numbers that affine_of() cannot give.
void write_affine(const Affine& affine, std::span<std::byte> bytes);
Affine read_affine(std::span<const std::byte> bytes, std::string_view codec);

}  // namespace tandem::codec
