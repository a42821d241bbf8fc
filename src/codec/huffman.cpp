#include "codec/huffman.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::codec {
namespace {

// ---- lengths

struct Item {
  std::uint64_t weight = 0;
  bool is_leaf = false;
};

std::vector<std::uint8_t> by_count(const SymbolCounts& counts) {
  std::vector<std::uint8_t> symbols;
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
    if (counts[symbol] != 0) symbols.push_back(static_cast<std::uint8_t>(symbol));
  }
  std::ranges::stable_sort(symbols, {}, [&](std::uint8_t symbol) { return counts[symbol]; });
  return symbols;
}

// The leaves, and the pairs of neighbours in `items`, in the order of their weights.
std::vector<Item> packaged(const std::vector<Item>& items, const std::vector<Item>& leaves) {
  std::vector<Item> pairs;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) pairs.push_back({items[i].weight + items[i + 1].weight, false});
  std::vector<Item> merged;
  std::ranges::merge(leaves, pairs, std::back_inserter(merged), {}, &Item::weight, &Item::weight);
  return merged;
}

// ---- code words

// By length: the number of code words, the first one, and the place of its symbol in the order of the code.
struct Canon {
  std::array<std::uint32_t, kLongestCodeWord + 1> count{};
  std::array<std::uint32_t, kLongestCodeWord + 1> first{};
  std::array<std::uint32_t, kLongestCodeWord + 1> offset{};
  std::array<std::uint8_t, 256> symbols{};
  int longest = 0;
  bool is_complete = false;
};

Canon canon_of(const CodeLengths& lengths) {
  Canon canon;
  for (const std::uint8_t length : lengths) {
    if (length != 0) ++canon.count[length];
  }
  std::uint32_t next = 0;
  for (std::size_t length = 1; length < canon.count.size(); ++length) {
    next = (next + canon.count[length - 1]) << 1;
    canon.first[length] = next;
    canon.offset[length] = canon.offset[length - 1] + canon.count[length - 1];
    if (canon.count[length] != 0) canon.longest = static_cast<int>(length);
  }
  canon.is_complete = next + canon.count.back() == 1u << kLongestCodeWord;
  auto place = canon.offset;
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] != 0) canon.symbols[place[lengths[symbol]]++] = static_cast<std::uint8_t>(symbol);
  }
  return canon;
}

struct CodeWord {
  std::uint16_t bits = 0;
  std::uint16_t length = 0;
};

std::array<CodeWord, 256> code_words(const CodeLengths& lengths) {
  std::array<CodeWord, 256> words{};
  auto next = canon_of(lengths).first;
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const std::uint8_t length = lengths[symbol];
    if (length != 0) words[symbol] = {static_cast<std::uint16_t>(next[length]++), length};
  }
  return words;
}

std::uint64_t reversed(std::uint64_t value) {
  return __builtin_bswap64(value);
}

// ---- the decoder

// Reads bits, the highest of a byte first. Zeros follow the last byte.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {}

  // After this, peek() sees at least 56 bits.
  void refill() {
    if (end_ - next_ >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, next_, 8);
      buffer_ |= reversed(word) >> held_;
      next_ += (63 - held_) >> 3;
      held_ |= 56;
      return;
    }
    for (; held_ <= 56; held_ += 8) {
      if (next_ == end_) {
        invented_ += 8;
      } else {
        buffer_ |= static_cast<std::uint64_t>(*next_++) << (56 - held_);
      }
    }
  }
  std::uint64_t peek(int count) const { return buffer_ >> (64 - count); }
  void skip(int count) {
    buffer_ <<= count;
    held_ -= count;
  }
  // Bits left; below 0 when more were read than there are.
  std::ptrdiff_t bits_left() const { return held_ - invented_ + 8 * (end_ - next_); }

 private:
  const std::byte* next_;
  const std::byte* end_;
  std::uint64_t buffer_ = 0;
  int held_ = 0;
  std::ptrdiff_t invented_ = 0;
};

// The code word that the next bits begin with; length 0: it is longer than those in the table.
struct Entry {
  std::uint8_t symbol = 0;
  std::uint8_t length = 0;
};

constexpr int kTableBits = 11;

class WordDecoder {
 public:
  explicit WordDecoder(const Canon& canon) : canon_(canon), bits_(std::min(canon.longest, kTableBits)) {
    std::size_t at = 0;
    for (int length = 1; length <= bits_; ++length) {
      for (std::uint32_t i = 0; i < canon.count[static_cast<std::size_t>(length)]; ++i) {
        const Entry entry{canon.symbols[canon.offset[static_cast<std::size_t>(length)] + i],
                          static_cast<std::uint8_t>(length)};
        const std::size_t repeats = std::size_t{1} << (bits_ - length);
        std::fill_n(table_.begin() + static_cast<std::ptrdiff_t>(at), repeats, entry);
        at += repeats;
      }
    }
  }

  std::uint8_t read(BitReader& reader) const {
    const Entry entry = table_[reader.peek(bits_)];
    if (entry.length == 0) return read_long(reader);
    reader.skip(entry.length);
    return entry.symbol;
  }

 private:
  std::uint8_t read_long(BitReader& reader) const {
    for (int length = bits_ + 1;; ++length) {
      const auto place = static_cast<std::size_t>(length);
      const auto index = static_cast<std::uint32_t>(reader.peek(length)) - canon_.first[place];
      if (length < canon_.longest && index >= canon_.count[place]) continue;
      reader.skip(length);
      return canon_.symbols[canon_.offset[place] + index];
    }
  }

  const Canon& canon_;
  int bits_;
  std::array<Entry, 1 << kTableBits> table_{};
};

[[noreturn]] void fail(std::string_view codec, const std::string& message) {
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: {}", codec, message));
}

}  // namespace

SymbolCounts count_symbols(std::span<const std::uint8_t> symbols) {
  // Four tables: runs of the same symbol need not wait for each other.
  std::array<SymbolCounts, 4> counts{};
  std::size_t i = 0;
  for (; i + 4 <= symbols.size(); i += 4) {
    for (std::size_t table = 0; table < 4; ++table) ++counts[table][symbols[i + table]];
  }
  for (; i < symbols.size(); ++i) ++counts[0][symbols[i]];
  for (std::size_t symbol = 0; symbol < 256; ++symbol) {
    counts[0][symbol] += counts[1][symbol] + counts[2][symbol] + counts[3][symbol];
  }
  return counts[0];
}

CodeLengths best_lengths(const SymbolCounts& counts) {
  const std::vector<std::uint8_t> symbols = by_count(counts);
  assert(symbols.size() >= 2);
  std::vector<Item> leaves;
  for (const std::uint8_t symbol : symbols) leaves.push_back({counts[symbol], true});
  std::vector<std::vector<Item>> rounds{leaves};
  const auto limit = std::min<std::size_t>(kLongestCodeWord, symbols.size() - 1);
  while (rounds.size() < limit) rounds.push_back(packaged(rounds.back(), leaves));
  CodeLengths lengths{};
  std::size_t taken = 2 * symbols.size() - 2;
  for (auto items = rounds.rbegin(); items != rounds.rend(); ++items) {
    const auto is_leaf = [](const Item& item) { return item.is_leaf; };
    const auto leaves_taken = static_cast<std::size_t>(std::ranges::count_if(std::span(*items).first(taken), is_leaf));
    for (std::size_t i = 0; i < leaves_taken; ++i) ++lengths[symbols[i]];
    taken = 2 * (taken - leaves_taken);
  }
  return lengths;
}

void huffman_encode(std::span<const std::uint8_t> symbols, const CodeLengths& lengths, std::vector<std::byte>& out) {
  const auto words = code_words(lengths);
  std::uint64_t total = 0;
  const SymbolCounts counts = count_symbols(symbols);
  for (std::size_t symbol = 0; symbol < 256; ++symbol) total += std::uint64_t{counts[symbol]} * lengths[symbol];
  const std::size_t start = out.size();
  const std::size_t size = (total + 7) / 8;
  out.resize(start + size + 8);  // whole words are written
  std::byte* to = out.data() + start;
  std::uint64_t buffer = 0;  // its highest bits are next
  int held = 0;
  for (const std::uint8_t symbol : symbols) {
    const CodeWord word = words[symbol];
    held += word.length;
    buffer |= static_cast<std::uint64_t>(word.bits) << (64 - held);
    if (held < 48) continue;
    const std::uint64_t ordered = reversed(buffer);
    std::memcpy(to, &ordered, 8);
    to += 6;
    buffer <<= 48;
    held -= 48;
  }
  const std::uint64_t ordered = reversed(buffer);
  std::memcpy(to, &ordered, 8);
  out.resize(start + size);
}

void huffman_decode(std::span<const std::byte> bytes, const CodeLengths& lengths, std::string_view codec,
                    std::span<std::uint8_t> symbols) {
  const Canon canon = canon_of(lengths);
  if (!canon.is_complete) fail(codec, "lengths of code words that make no code");
  const WordDecoder decoder(canon);
  BitReader reader(bytes);
  std::size_t i = 0;
  for (; i + 3 <= symbols.size(); i += 3) {
    reader.refill();
    for (std::size_t next = 0; next < 3; ++next) symbols[i + next] = decoder.read(reader);
  }
  reader.refill();
  for (; i < symbols.size(); ++i) symbols[i] = decoder.read(reader);
  if (reader.bits_left() < 0 || reader.bits_left() >= 8) {
    fail(codec, fmt::format("{} bytes of code words, expected {}", bytes.size(),
                            static_cast<std::ptrdiff_t>(bytes.size()) - (reader.bits_left() >> 3)));
  }
}

}  // namespace tandem::codec
