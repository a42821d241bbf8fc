#include "codec/klevel_samples.h"

#include <algorithm>
#include <array>

namespace tandem::codec {
namespace {

std::uint8_t commonest(std::span<const std::uint8_t> levels) {
  std::array<std::size_t, 256> counts{};
  for (const std::uint8_t level : levels) ++counts[level];
  return static_cast<std::uint8_t>(std::ranges::max_element(counts) - counts.begin());
}

}  // namespace

LevelSamples quantized(std::span<const float> values, const Layout& layout, const Grid& grid) {
  LevelSamples samples{layout, layout.planes * layout.plane_elements(), 0, static_cast<std::size_t>(grid.levels), 0,
                       {}};
  samples.count = values.size() / samples.elements;
  samples.levels.resize(values.size());
  quantize(values, grid, samples.levels.data());
  samples.zero_level = commonest(samples.levels);
  return samples;
}

}  // namespace tandem::codec
