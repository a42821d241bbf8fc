// Range asymmetric numeral systems (Duda 2013, arXiv:1311.2540) with several interleaved states (Giesen 2014,
// arXiv:1402.3392), so that a processor can work on some symbols while it waits for others. Frequencies are out of
// kTotal; a state is in [2^16, 2^32) and moves 16 bits at a time. Private to codec/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace tandem::codec {

inline constexpr int kFrequencyBits = 12;
inline constexpr std::uint32_t kTotal = 1u << kFrequencyBits;
inline constexpr std::uint32_t kLeastState = 1u << 16;
inline constexpr int kMostLanes = 4;

// A symbol to encode.
struct CodedSymbol {
  std::uint16_t start = 0;  // cumulative frequency of the symbols before it
  std::uint16_t frequency = 0;
  std::uint16_t lane = 0;
};

// `symbols` are in the order of decoding. Appends the states of `lanes` lanes and then words of 16 bits, little-endian.
// The decoder runs from front to back, so the encoder runs from back to front.
void encode_symbols(std::span<const CodedSymbol> symbols, int lanes, std::vector<std::byte>& out);

class SymbolReader {
 public:
  // Throws Error(InvalidInput) when the bytes are too few for the states.
  SymbolReader(std::span<const std::byte> bytes, int lanes);

  // `starts` are the cumulative frequencies of the symbols, commonest first, then kTotal: at least five numbers.
  // Returns the next symbol of lane `lane`. Beyond the end of the bytes it reads zeros; has_ended_well() tells. Lanes
  // in step hide each other's latency as long as no branch is mispredicted; a lane that is alone is fastest when the
  // processor may predict the commonest symbol.
  template <bool is_alone = true>
  std::uint32_t next(int lane, const std::uint16_t* starts) {
    std::uint32_t state = states_[static_cast<std::size_t>(lane)];
    const std::uint32_t slot = state & (kTotal - 1);
    std::uint32_t symbol = 0;
    if (!is_alone) {
      symbol = static_cast<std::uint32_t>(starts[1] <= slot) + static_cast<std::uint32_t>(starts[2] <= slot) +
               static_cast<std::uint32_t>(starts[3] <= slot);
    }
    if (is_alone || symbol == 3) {
      while (starts[symbol + 1] <= slot) ++symbol;
    }
    const std::uint32_t start = starts[symbol];
    state = (starts[symbol + 1] - start) * (state >> kFrequencyBits) + slot - start;
    if (state < kLeastState) state = state << 16 | next_word();
    states_[static_cast<std::size_t>(lane)] = state;
    return symbol;
  }

  // Whether all bytes have been read, none was missing, and every lane is back in the state in which encoders begin.
  bool has_ended_well() const;

 private:
  std::uint32_t next_word() {
    if (end_ - at_ < 2) {
      is_short_ = true;
      return 0;
    }
    const auto low = static_cast<std::uint32_t>(at_[0]);
    const auto high = static_cast<std::uint32_t>(at_[1]);
    at_ += 2;
    return low | high << 8;
  }

  std::array<std::uint32_t, kMostLanes> states_{kLeastState, kLeastState, kLeastState, kLeastState};
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  bool is_short_ = false;
};

}  // namespace tandem::codec
