// The fitted codec: k evenly spaced levels between a clip and another, fitted on calibration data for the least rate ×
// distortion, each channel with reconstruction values of its own; then entropy coding in the contexts of contexts.h
// with frequencies that were fitted too, so that frames carry no tables and reach well below one bit per element where
// activations are sparse. Cohen et al., "Lightweight Compression of Neural Network Feature Tensors for Collaborative
// Intelligence" (ICME 2020) is the starting point: clipping, few levels, entropy coding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codec.h"
#include "codec/contexts.h"
#include "codec/quantize.h"

namespace tandem::codec {

// What is fitted. For codec's own sources.
struct KLevelTables {
  Grid grid;
  int zero_level = 0;                   // the commonest
  std::size_t channels = 0;             // as in Layout
  std::size_t elements = 0;             // of a sample, when classes are by element; 0: by channel
  std::vector<float> values;            // [channels][levels]: what a level stands for
  std::vector<std::size_t> references;  // by channel: an earlier channel whose zeros tell of this one's; kNoReference
  std::vector<std::uint16_t> mask_frequencies;  // by channel, of a plane of nothing but the zero level; empty: no masks
  std::vector<std::uint8_t> classes;            // [0, kClasses), by element or by channel
  std::vector<std::uint8_t> ranks;              // by level: 0 is the commonest
  std::vector<std::uint16_t> row_of_context;    // which row of frequencies
  std::vector<std::uint16_t> rows;              // [rows][alphabet]; each row adds up to kTotal, none of it 0
  std::vector<std::uint16_t> escapes;           // [17][16], when there are more than kDirectLevels

  std::size_t levels() const { return static_cast<std::size_t>(grid.levels); }

  // What is coded are ranks. With more levels than these the last symbol of the alphabet stands for all ranks from 15
  // on, and what is beyond 15 follows as two hexadecimal digits.
  static constexpr std::size_t kDirectLevels = 16;
  std::size_t alphabet() const { return std::min(levels(), kDirectLevels); }
  bool has_escapes() const { return levels() > kDirectLevels; }
};

inline constexpr std::string_view kKLevelPrefix = "klevel\n";

std::string describe(const KLevelTables& tables);
KLevelTables read_klevel_tables(std::string_view description);  // Throws as open() does.

std::shared_ptr<const Codec> open_klevel(std::string_view description);

}  // namespace tandem::codec
