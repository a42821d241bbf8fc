// Decodes JPEG and PNG files to 8-bit RGB. The content decides the format, not the file name. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/tensor.h"

namespace tandem::input {

struct ImageLimits {
  std::size_t file_bytes = 64u << 20;
  std::int64_t pixels = 64 << 20;  // width × height, checked before allocation
};

bool is_jpeg(std::span<const std::byte> bytes);
bool is_png(std::span<const std::byte> bytes);

// [height, width, 3], uint8, RGB. Grey, palette and CMYK pictures are converted, 16-bit samples scaled to 8 bits, alpha
// dropped (as Pillow's convert("RGB") does). A JPEG picture is turned as its EXIF data says; colour profiles are not
// applied. Throws Error(InvalidInput), which begins with `source`, for anything corrupt, truncated, too large or of
// another format.
base::Tensor decode_image(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits = {});

// The same for a file. Throws also Error(NotFound).
base::Tensor read_image(const std::filesystem::path& path, const ImageLimits& limits = {});

}  // namespace tandem::input
