#include "codec/huffman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <queue>
#include <random>

#include "base/error.h"

namespace tandem::codec {
namespace {

using Symbols = std::vector<std::uint8_t>;

// Each symbol `ratio` times as rare as the one before it.
Symbols geometric(std::size_t count, double ratio, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  Symbols symbols{0, 1};
  while (symbols.size() < count) {
    std::uint8_t symbol = 0;
    while (symbol < 255 && static_cast<double>(random()) < ratio * 4294967296.0) ++symbol;
    symbols.push_back(symbol);
  }
  return symbols;
}

std::vector<std::byte> encoded(const Symbols& symbols) {
  std::vector<std::byte> bytes;
  huffman_encode(symbols, best_lengths(count_symbols(symbols)), bytes);
  return bytes;
}

Symbols decoded(std::span<const std::byte> bytes, const CodeLengths& lengths, std::size_t count) {
  Symbols symbols(count);
  huffman_decode(bytes, lengths, "test", symbols);
  return symbols;
}

std::uint64_t bits_of(const SymbolCounts& counts, const CodeLengths& lengths) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) bits += std::uint64_t{counts[i]} * lengths[i];
  return bits;
}

// The bits of Huffman's own algorithm, without a limit.
std::uint64_t unlimited_bits(const SymbolCounts& counts) {
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> weights;
  for (const std::uint32_t count : counts) {
    if (count != 0) weights.push(count);
  }
  std::uint64_t bits = 0;
  while (weights.size() > 1) {
    const std::uint64_t first = weights.top();
    weights.pop();
    const std::uint64_t sum = first + weights.top();
    weights.pop();
    bits += sum;
    weights.push(sum);
  }
  return bits;
}

TEST(Huffman, DecodesWhatItEncoded) {
  for (const double ratio : {0.01, 0.3, 0.5, 0.9, 0.99}) {
    for (const std::size_t count : {2U, 3U, 4U, 5U, 100U, 10001U}) {
      const Symbols symbols = geometric(count, ratio);
      EXPECT_EQ(decoded(encoded(symbols), best_lengths(count_symbols(symbols)), symbols.size()), symbols)
          << count << " symbols, ratio " << ratio;
    }
  }
}

TEST(Huffman, IsAsShortAsWithoutALimitWhereItDoesNotBind) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    const SymbolCounts counts = count_symbols(geometric(2000, 0.02 * seed - 0.01, seed));
    EXPECT_EQ(bits_of(counts, best_lengths(counts)), unlimited_bits(counts)) << "seed " << seed;
  }
}

TEST(Huffman, KeepsToItsLimitWhereCountsGrowAsFibonaccisNumbers) {
  SymbolCounts counts{};
  Symbols symbols;
  counts[0] = counts[1] = 1;
  for (std::size_t i = 2; i < 22; ++i) counts[i] = counts[i - 1] + counts[i - 2];
  for (std::size_t i = 0; i < 22; ++i) symbols.insert(symbols.end(), counts[i], static_cast<std::uint8_t>(i));
  const CodeLengths lengths = best_lengths(counts);
  EXPECT_EQ(*std::ranges::max_element(lengths), kLongestCodeWord);
  EXPECT_LT(static_cast<double>(bits_of(counts, lengths)), 1.01 * static_cast<double>(unlimited_bits(counts)));
  EXPECT_EQ(decoded(encoded(symbols), lengths, symbols.size()), symbols);
}

TEST(Huffman, RefusesBytesThatAreTooFewOrTooMany) {
  const Symbols symbols = geometric(500, 0.5);
  const CodeLengths lengths = best_lengths(count_symbols(symbols));
  std::vector<std::byte> bytes = encoded(symbols);
  bytes.push_back(std::byte{0});
  EXPECT_THROW(decoded(bytes, lengths, symbols.size()), base::Error);
  for (std::size_t size = 0; size + 1 < bytes.size(); ++size) {
    EXPECT_THROW(decoded(std::span(bytes).first(size), lengths, symbols.size()), base::Error) << size;
  }
}

TEST(Huffman, RefusesLengthsThatMakeNoCode) {
  const std::vector<std::byte> bytes(10);
  CodeLengths lengths{};
  EXPECT_THROW(decoded(bytes, lengths, 5), base::Error) << "none";
  lengths[0] = lengths[1] = 2;
  EXPECT_THROW(decoded(bytes, lengths, 5), base::Error) << "words are missing";
  lengths[0] = lengths[1] = lengths[2] = 1;
  EXPECT_THROW(decoded(bytes, lengths, 5), base::Error) << "too many words";
}

TEST(Huffman, NeverCrashesOnRandomBytes) {
  std::mt19937 random(3);
  const Symbols symbols = geometric(300, 0.9);
  const CodeLengths lengths = best_lengths(count_symbols(symbols));
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> bytes(random() % 400);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    try {
      decoded(bytes, lengths, 300);
    } catch (const base::Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace tandem::codec
