// The steps of the fit that count: ranks, frequencies and masks. Pure. Private to codec/.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/klevel_samples.h"
#include "codec/klevel_tables.h"

namespace tandem::codec {

// By level: 0 is the commonest.
std::vector<std::uint8_t> fit_ranks(const LevelSamples& samples);

// A context that was seen often has a row of its own; all others have the row of their class.
FrequencyTables fit_frequencies(const LevelSamples& samples, const ContextTables& contexts,
                                const std::vector<std::uint8_t>& ranks);

// By channel; empty where flags for all planes cost more than the zeros that they save.
std::vector<std::uint16_t> fit_masks(const LevelSamples& samples, const ContextTables& contexts,
                                     const std::vector<std::uint8_t>& ranks, const FrequencyTables& frequencies);

}  // namespace tandem::codec
