// The quantiser: float32 values to the nearest of evenly spaced levels, as bytes. Pure.
// Private to codec/ and bench/codec_bench.
#pragma once

#include <cstdint>
#include <span>

#include "codec/simd.h"

namespace tandem::codec {

// Level i of `levels` is for values x with i ≤ x × scale + offset < i + 1. Values below these, and NaN, belong to the
// first level, values above to the last one.
struct Grid {
  float scale = 1;  // 1 ÷ step
  float offset = 0;
  int levels = 2;  // [2, 256]
};

// `out` is as long as `values`. Gives the same bytes whatever `simd` is.
void quantize(std::span<const float> values, const Grid& grid, std::uint8_t* out, Simd simd = best_simd());

}  // namespace tandem::codec
