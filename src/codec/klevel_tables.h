// The tables of the fitted codec, and their description in bytes. Plain data. Private to codec/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/contexts.h"
#include "codec/quantize.h"

namespace tandem::codec {

// Ranks of levels are coded, 0 for the commonest level. With more levels than kDirectLevels, the last symbol of the
// alphabet stands for all ranks from kEscape on, and two digits follow that say how far beyond it the rank is.
inline constexpr std::size_t kDirectLevels = 16;
inline constexpr std::size_t kEscape = kDirectLevels - 1;
inline constexpr std::size_t kDigits = 16;
inline constexpr std::size_t kEscapeRows = 1 + kDigits;  // of the first digit; of the second, by the first

constexpr bool has_escapes(std::size_t levels) {
  return levels > kDirectLevels;
}
constexpr std::size_t alphabet_of(std::size_t levels) {
  return std::min(levels, kDirectLevels);
}

// Each row adds up to kTotal, and no entry is 0.
struct FrequencyTables {
  std::vector<std::uint16_t> row_of_context;  // [kContexts]: which of `rows`
  std::vector<std::uint16_t> rows;            // [rows][alphabet]
  std::vector<std::uint16_t> escapes;         // [kEscapeRows][kDigits]; empty: no escapes
};

struct KLevelTables {
  Grid grid;
  int zero_level = 0;         // the commonest
  std::size_t channels = 0;   // as in Layout
  std::vector<float> values;  // [channels][levels]: the value that stands for a level
  ContextTables contexts;
  std::vector<std::uint16_t> mask_frequencies;  // by channel, of a plane of zero levels only; empty: no masks
  std::vector<std::uint8_t> ranks;              // by level
  FrequencyTables frequencies;

  std::size_t levels() const { return static_cast<std::size_t>(grid.levels); }
  std::size_t alphabet() const { return alphabet_of(levels()); }
  bool has_escapes() const { return codec::has_escapes(levels()); }
};

inline constexpr std::string_view kKLevelPrefix = "klevel\n";  // of every description

std::string describe(const KLevelTables& tables);
KLevelTables read_klevel_tables(std::string_view description);  // Throws as open() does.

}  // namespace tandem::codec
