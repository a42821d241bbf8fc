// Calibration samples as levels: the input of all steps of the fit but the first. Plain data. Private to codec/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/layout.h"
#include "codec/quantize.h"

namespace tandem::codec {

struct LevelSamples {
  Layout layout;                     // of a sample
  std::size_t elements = 0;          // of a sample
  std::size_t count = 0;             // of samples
  std::size_t level_count = 0;       // levels are [0, level_count)
  std::uint8_t zero_level = 0;       // the commonest
  std::vector<std::uint8_t> levels;  // sample after sample

  const std::uint8_t* levels_of(std::size_t sample) const { return levels.data() + sample * elements; }
  std::size_t channel_of(std::size_t element) const { return element / layout.plane_elements() % layout.channels; }
};

// `values` are one or more samples of the layout.
LevelSamples quantized(std::span<const float> values, const Layout& layout, const Grid& grid);

}  // namespace tandem::codec
