// Functions that encode_jpeg.cpp and encode_png.cpp share. Private to input/.
#pragma once

#include <cstddef>

#include "base/tensor.h"

namespace tandem::input {

struct Pixels {
  unsigned width = 0;
  unsigned height = 0;
  unsigned channels = 0;  // 3: RGB, 1: grey
  const unsigned char* samples = nullptr;

  std::size_t row_bytes() const { return std::size_t{width} * channels; }
};

// Throws as append_png() does.
Pixels pixels_of(const base::Tensor& image);

}  // namespace tandem::input
