// The decoders of image.cpp, one for each format. Private to input/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/tensor.h"
#include "input/image.h"

namespace tandem::input {

// An uninitialised [height, width, 3] image, or Error(InvalidInput) when it is beyond the limits.
base::Tensor allocate_image(std::int64_t width, std::int64_t height, const std::string& source,
                            const ImageLimits& limits);

// As decode_image, for bytes with the format's signature.
base::Tensor decode_jpeg(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits);
base::Tensor decode_png(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits);

}  // namespace tandem::input
