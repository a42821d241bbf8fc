// JPEG and PNG files made from 8-bit pictures: image.h the other way round. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/tensor.h"

namespace tandem::input {

inline constexpr std::int64_t kMostJpegSide = 65500;

// Append a file of an image [height, width, 3 or 1], uint8, RGB or grey. Throw Error(Unsupported) for another type or
// shape, a side of 0 or one beyond kMostJpegSide.
void append_png(const base::Tensor& image, std::vector<std::byte>& out);
// Quality 1 … 100, libjpeg's; colours at half the resolution (4:2:0), Huffman tables made for the picture.
void append_jpeg(const base::Tensor& image, int quality, std::vector<std::byte>& out);

// The most bytes that they append.
std::size_t png_bound(std::int64_t width, std::int64_t height, std::int64_t channels);
std::size_t jpeg_bound(std::int64_t width, std::int64_t height, std::int64_t channels);

}  // namespace tandem::input
