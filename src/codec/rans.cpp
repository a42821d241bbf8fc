#include "codec/rans.h"

#include <fmt/format.h>

namespace tandem::codec {
namespace {

constexpr std::size_t kStateBytes = 4;

// ⌈2^64 ÷ frequency⌉: the upper half of its product with a state is their quotient (the error, less than the frequency,
// times the state is below 2^64). 1 would need 65 bits.
constexpr std::array<std::uint64_t, kTotal + 1> make_reciprocals() {
  std::array<std::uint64_t, kTotal + 1> reciprocals{};
  for (std::uint64_t frequency = 2; frequency <= kTotal; ++frequency)
    reciprocals[frequency] = ~std::uint64_t{0} / frequency + 1;
  return reciprocals;
}

constexpr auto kReciprocals = make_reciprocals();

std::uint32_t quotient(std::uint32_t state, std::uint32_t frequency) {
  __extension__ using Wide = unsigned __int128;
  const auto upper = static_cast<std::uint32_t>(Wide{kReciprocals[frequency]} * state >> 64);
  return frequency == 1 ? state : upper;
}

void append_state(std::uint32_t state, std::vector<std::byte>& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::byte>(state >> shift));
}

// Fills words from the back, and returns where they begin.
template <bool has_one_lane>
std::uint16_t* push_symbols(std::span<const CodedSymbol> symbols, std::array<std::uint32_t, kMostLanes>& states,
                            std::uint16_t* words) {
  std::uint32_t only = states[0];
  for (std::size_t i = symbols.size(); i-- > 0;) {
    const CodedSymbol symbol = symbols[i];
    std::uint32_t state = has_one_lane ? only : states[symbol.lane];
    const std::uint32_t frequency = symbol.frequency;
    // 2^16 ÷ kTotal × 2^16 × frequency: beyond it, coding would leave the range of a state.
    if (state >= std::uint64_t{frequency} << (32 - kFrequencyBits)) {
      *--words = static_cast<std::uint16_t>(state);
      state >>= 16;
    }
    const std::uint32_t whole = quotient(state, frequency);
    state = (whole << kFrequencyBits) + state - whole * frequency + symbol.start;
    (has_one_lane ? only : states[symbol.lane]) = state;
  }
  if (has_one_lane) states[0] = only;
  return words;
}

}  // namespace

void encode_symbols(std::span<const CodedSymbol> symbols, int lanes, std::vector<std::byte>& out) {
  std::array<std::uint32_t, kMostLanes> states{kLeastState, kLeastState, kLeastState, kLeastState};
  static thread_local std::vector<std::uint16_t> words;
  if (words.size() < symbols.size()) words.resize(symbols.size());
  std::uint16_t* const end = words.data() + words.size();
  const std::uint16_t* const first =
      lanes == 1 ? push_symbols<true>(symbols, states, end) : push_symbols<false>(symbols, states, end);
  for (int lane = 0; lane < lanes; ++lane) append_state(states[static_cast<std::size_t>(lane)], out);
  const std::size_t at = out.size();
  out.resize(at + 2 * static_cast<std::size_t>(end - first));
  std::byte* to = out.data() + at;
  for (const std::uint16_t* word = first; word != end; ++word) {
    *to++ = static_cast<std::byte>(*word);
    *to++ = static_cast<std::byte>(*word >> 8);
  }
}

SymbolReader::SymbolReader(std::span<const std::byte> bytes, int lanes) {
  const std::size_t head = kStateBytes * static_cast<std::size_t>(lanes);
  if (bytes.size() < head) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("coded symbols: {} bytes, expected at least {}", bytes.size(), head));
  }
  for (std::size_t i = 0; i < head; ++i) {
    auto& state = states_[i / kStateBytes];
    if (i % kStateBytes == 0) state = 0;
    state |= static_cast<std::uint32_t>(bytes[i]) << (8 * (i % kStateBytes));
  }
  at_ = bytes.data() + head;
  end_ = bytes.data() + bytes.size();
}

bool SymbolReader::has_ended_well() const {
  for (const std::uint32_t state : states_) {
    if (state != kLeastState) return false;
  }
  return !is_short_ && at_ == end_;
}

}  // namespace tandem::codec
