// Huffman's code over at most 256 symbols, with code words of at most 15 bits; canonical, so that the lengths determine
// the code. Pure. Private to codec/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::codec {

inline constexpr int kLongestCodeWord = 15;

using SymbolCounts = std::array<std::uint32_t, 256>;
using CodeLengths = std::array<std::uint8_t, 256>;  // bits; 0: the symbol does not occur

SymbolCounts count_symbols(std::span<const std::uint8_t> symbols);

// The lengths with the fewest bits in all, within the limit: package-merge (Larmore and Hirschberg, A fast
// algorithm for optimal length-limited Huffman codes, J. ACM 37, 1990). Two symbols or more must occur.
CodeLengths best_lengths(const SymbolCounts& counts);

// Appends the symbols' code words, the first bit the highest, then zeros up to a whole byte.
void huffman_encode(std::span<const std::uint8_t> symbols, const CodeLengths& lengths, std::vector<std::byte>& out);

// Throws Error(InvalidInput), naming the codec, unless the lengths are those of a complete code, and there are exactly
// the bytes that the symbols need.
void huffman_decode(std::span<const std::byte> bytes, const CodeLengths& lengths, std::string_view codec,
                    std::span<std::uint8_t> symbols);

}  // namespace tandem::codec
