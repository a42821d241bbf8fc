#include "codec/rans.h"

#include <fmt/format.h>

namespace tandem::codec {
namespace {

constexpr std::size_t kStateBytes = 4;

// ⌈2^64 ÷ frequency⌉: the upper half of its product with a state is their quotient (the error, less than the frequency,
// times the state is below 2^64). 1 would need 65 bits.
std::array<std::uint64_t, kTotal + 1> make_reciprocals() {
  std::array<std::uint64_t, kTotal + 1> reciprocals{};
  for (std::uint64_t frequency = 2; frequency <= kTotal; ++frequency)
    reciprocals[frequency] = ~std::uint64_t{0} / frequency + 1;
  return reciprocals;
}

std::uint32_t quotient(std::uint32_t state, std::uint32_t frequency) {
  static const auto reciprocals = make_reciprocals();
  __extension__ using Wide = unsigned __int128;
  const auto upper = static_cast<std::uint32_t>(Wide{reciprocals[frequency]} * state >> 64);
  return frequency == 1 ? state : upper;
}

void append_state(std::uint32_t state, std::vector<std::byte>& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::byte>(state >> shift));
}

}  // namespace

void encode_symbols(std::span<const CodedSymbol> symbols, int lanes, std::vector<std::byte>& out) {
  std::array<std::uint32_t, kMostLanes> states{kLeastState, kLeastState, kLeastState, kLeastState};
  static thread_local std::vector<std::uint16_t> words;
  if (words.size() < symbols.size()) words.resize(symbols.size());
  std::size_t free = words.size();  // filled from the back
  for (std::size_t i = symbols.size(); i-- > 0;) {
    const CodedSymbol symbol = symbols[i];
    std::uint32_t state = states[symbol.lane];
    const std::uint32_t frequency = symbol.frequency;
    // 2^16 ÷ kTotal × 2^16 × frequency: beyond it, coding would leave the range of a state.
    if (state >= std::uint64_t{frequency} << (32 - kFrequencyBits)) {
      words[--free] = static_cast<std::uint16_t>(state);
      state >>= 16;
    }
    const std::uint32_t whole = quotient(state, frequency);
    states[symbol.lane] = (whole << kFrequencyBits) + state - whole * frequency + symbol.start;
  }
  for (int lane = 0; lane < lanes; ++lane) append_state(states[static_cast<std::size_t>(lane)], out);
  const std::size_t at = out.size();
  out.resize(at + 2 * (words.size() - free));
  for (std::size_t i = free, to = at; i < words.size(); ++i, to += 2) {
    out[to] = static_cast<std::byte>(words[i]);
    out[to + 1] = static_cast<std::byte>(words[i] >> 8);
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
