#include "input/image.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "input/decoders.h"

namespace tandem::input {
namespace {

template <std::size_t N>
bool begins_with(std::span<const std::byte> bytes, const std::array<unsigned char, N>& signature) {
  return bytes.size() >= N && std::ranges::equal(bytes.first(N), std::as_bytes(std::span(signature)));
}

}  // namespace

bool is_jpeg(std::span<const std::byte> bytes) {
  return begins_with(bytes, std::to_array<unsigned char>({0xff, 0xd8, 0xff}));
}

bool is_png(std::span<const std::byte> bytes) {
  return begins_with(bytes, std::to_array<unsigned char>({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}));
}

base::Tensor allocate_image(std::int64_t width, std::int64_t height, const std::string& source,
                            const ImageLimits& limits) {
  if (width < 1 || height < 1 || width > limits.pixels / height) {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: {}x{} pixels, expected at most {} in all", source,
                                                                 width, height, limits.pixels));
  }
  return base::Tensor::allocate({base::ElementType::UInt8, {height, width, 3}});
}

base::Tensor decode_image(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, source, limits);
  if (is_png(bytes)) return decode_png(bytes, source, limits);
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("{}: neither JPEG nor PNG, expected one of them", source));
}

base::Tensor read_image(const std::filesystem::path& path, const ImageLimits& limits) {
  const std::string content = base::read_file(path, limits.file_bytes);
  return decode_image(std::as_bytes(std::span(content)), path.string(), limits);
}

}  // namespace tandem::input
