#include "codec/contexts.h"

#include <cstdlib>

namespace tandem::codec {

std::array<std::uint8_t, 256> magnitudes_of(int zero_level) {
  std::array<std::uint8_t, 256> magnitudes{};
  for (int level = 0; level < 256; ++level) {
    const int distance = std::min(std::abs(level - zero_level), kMostMagnitude);
    magnitudes[static_cast<std::size_t>(level)] = static_cast<std::uint8_t>(distance);
  }
  return magnitudes;
}

void Neighbourhood::reset(std::size_t planes, std::size_t height, std::size_t width) {
  height_ = height;
  width_ = width;
  stride_ = width + 2;
  cells_.assign(planes * (height + 1) * stride_, 0);
}

void Neighbourhood::contexts_of_row(std::size_t plane, std::size_t y, std::size_t reference,
                                    const std::uint8_t* classes, std::uint16_t* contexts) {
  const std::uint8_t* const above = row(plane, y) - stride_;
  for (std::size_t x = 0; x < width_; ++x) {
    const int near = std::min(2 * above[x] + above[static_cast<std::ptrdiff_t>(x) - 1] + above[x + 1], kMostAbove);
    contexts[x] = static_cast<std::uint16_t>(classes[x] << 6 | near);
  }
  if (reference == kNoReference) return;
  const std::uint8_t* const referred = row(reference, y);
  for (std::size_t x = 0; x < width_; ++x) contexts[x] = static_cast<std::uint16_t>(contexts[x] | referred[x] << 4);
}

}  // namespace tandem::codec
