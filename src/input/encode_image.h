// Encodes 8-bit pictures as JPEG and PNG files, which image.h decodes. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/tensor.h"

namespace tandem::input {

inline constexpr std::int64_t kMostJpegSide = 65500;

// Append the file of an image [height, width, 3 or 1], uint8, RGB or grey. Throw Error(Unsupported) for another type or
// shape, for a side of 0 and for one beyond kMostJpegSide.
void append_png(const base::Tensor& image, std::vector<std::byte>& out);
// Quality 1 … 100, as in libjpeg; colours at half the resolution (4:2:0), Huffman tables optimised for the picture.
void append_jpeg(const base::Tensor& image, int quality, std::vector<std::byte>& out);

// Upper bounds of the bytes appended.
std::size_t png_bound(std::int64_t width, std::int64_t height, std::int64_t channels);
std::size_t jpeg_bound(std::int64_t width, std::int64_t height, std::int64_t channels);

}  // namespace tandem::input
