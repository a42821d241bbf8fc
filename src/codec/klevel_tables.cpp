#include "codec/klevel_tables.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::codec {
namespace {

using base::Error;
using base::ErrorKind;

// After the prefix, little-endian: version u8, levels u16, scale f32, offset f32, zero level u8, has masks u8, channels
// u32, elements u32, row count u16; then values, references (u32, all ones: none), masks, classes, ranks, row of each
// context, rows and escapes, as the members of KLevelTables are.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostChannels = 1u << 16;
constexpr std::size_t kMostElements = 1u << 20;
constexpr std::uint32_t kNone = 0xFFFFFFFF;

Error bad(const std::string& what) {
  return {ErrorKind::InvalidInput, fmt::format("klevel description: {}", what)};
}

class Writer {
 public:
  template <class T>
  void add(T value) {
    static_assert(std::endian::native == std::endian::little);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  template <class T>
  void add_all(const std::vector<T>& values) {
    for (const T value : values) add(value);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_{kKLevelPrefix};
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  T next() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> next_all(std::size_t count) {
    const std::string_view bytes = take(count * sizeof(T));  // before anything is allocated for it
    std::vector<T> values(count);
    if (count != 0) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  void expect_end() const {
    if (!rest_.empty()) throw bad(fmt::format("{} bytes beyond its end", rest_.size()));
  }

 private:
  std::string_view take(std::size_t count) {
    if (rest_.size() < count) throw bad(fmt::format("{} bytes where {} were expected", rest_.size(), count));
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

void check_range(const char* what, std::size_t value, std::size_t least, std::size_t most) {
  if (value < least || value > most) throw bad(fmt::format("{} {}, expected [{}, {}]", what, value, least, most));
}

void check_rows(const std::vector<std::uint16_t>& rows, std::size_t alphabet) {
  for (std::size_t at = 0; at < rows.size(); at += alphabet) {
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = first + static_cast<std::ptrdiff_t>(alphabet);
    const auto sum = std::accumulate(first, last, std::uint32_t{0});
    if (sum != kTotal || std::find(first, last, 0) != last)
      throw bad(fmt::format("frequencies that add up to {}, expected {} and none of them 0", sum, kTotal));
  }
}

void check_grid(const KLevelTables& tables) {
  const auto is_finite = [](float value) { return std::isfinite(value); };
  if (!is_finite(tables.grid.scale) || !is_finite(tables.grid.offset) || tables.grid.scale <= 0)
    throw bad("a grid of no finite, positive step");
  if (!std::ranges::all_of(tables.values, is_finite)) throw bad("a value that is not finite");
  check_range("zero level", static_cast<std::size_t>(tables.zero_level), 0, tables.levels() - 1);
}

void check_references(const std::vector<std::size_t>& references) {
  for (std::size_t channel = 0; channel < references.size(); ++channel) {
    const std::size_t reference = references[channel];
    if (reference != kNoReference && reference >= channel)
      throw bad(fmt::format("channel {} refers to {}, expected an earlier one", channel, reference));
  }
}

void check_ranks(const std::vector<std::uint8_t>& ranks) {
  std::vector<bool> has_rank(ranks.size());
  for (const auto rank : ranks) {
    check_range("rank", rank, 0, ranks.size() - 1);
    if (has_rank[rank]) throw bad(fmt::format("rank {} twice", rank));
    has_rank[rank] = true;
  }
}

void check_frequencies(const FrequencyTables& tables, std::size_t alphabet) {
  for (const auto row : tables.row_of_context)
    check_range("row of a context", row, 0, tables.rows.size() / alphabet - 1);
  check_rows(tables.rows, alphabet);
  check_rows(tables.escapes, kDigits);
}

void check(const KLevelTables& tables) {
  check_grid(tables);
  check_references(tables.contexts.references);
  for (const auto frequency : tables.mask_frequencies) check_range("mask frequency", frequency, 1, kTotal - 1);
  for (const auto value : tables.contexts.classes) check_range("class", value, 0, kClasses - 1);
  check_ranks(tables.ranks);
  check_frequencies(tables.frequencies, tables.alphabet());
}

// The lengths at the beginning of a description, besides the members of KLevelTables.
struct Counts {
  bool has_masks = false;
  std::size_t rows = 0;
};

Counts read_head(Reader& reader, KLevelTables& tables) {
  check_range("version", reader.next<std::uint8_t>(), kVersion, kVersion);
  tables.grid.levels = reader.next<std::uint16_t>();
  check_range("levels", tables.levels(), 2, 256);
  tables.grid.scale = reader.next<float>();
  tables.grid.offset = reader.next<float>();
  tables.zero_level = reader.next<std::uint8_t>();
  const auto has_masks = reader.next<std::uint8_t>();
  check_range("flag", has_masks, 0, 1);
  tables.channels = reader.next<std::uint32_t>();
  check_range("channels", tables.channels, 1, kMostChannels);
  tables.contexts.elements = reader.next<std::uint32_t>();
  check_range("elements", tables.contexts.elements, 0, kMostElements);
  const std::size_t rows = reader.next<std::uint16_t>();
  check_range("rows", rows, 1, kContexts);
  return {has_masks != 0, rows};
}

void read_tables(Reader& reader, const Counts& counts, KLevelTables& tables) {
  tables.values = reader.next_all<float>(tables.channels * tables.levels());
  ContextTables& contexts = tables.contexts;
  for (const std::uint32_t reference : reader.next_all<std::uint32_t>(tables.channels))
    contexts.references.push_back(reference == kNone ? kNoReference : reference);
  tables.mask_frequencies = reader.next_all<std::uint16_t>(counts.has_masks ? tables.channels : 0);
  contexts.classes = reader.next_all<std::uint8_t>(contexts.elements != 0 ? contexts.elements : tables.channels);
  tables.ranks = reader.next_all<std::uint8_t>(tables.levels());
  FrequencyTables& frequencies = tables.frequencies;
  frequencies.row_of_context = reader.next_all<std::uint16_t>(kContexts);
  frequencies.rows = reader.next_all<std::uint16_t>(counts.rows * tables.alphabet());
  frequencies.escapes = reader.next_all<std::uint16_t>(tables.has_escapes() ? kEscapeRows * kDigits : 0);
}

}  // namespace

std::string describe(const KLevelTables& tables) {
  const FrequencyTables& frequencies = tables.frequencies;
  Writer writer;
  writer.add(kVersion);
  writer.add(static_cast<std::uint16_t>(tables.grid.levels));
  writer.add(tables.grid.scale);
  writer.add(tables.grid.offset);
  writer.add(static_cast<std::uint8_t>(tables.zero_level));
  writer.add(static_cast<std::uint8_t>(tables.mask_frequencies.empty() ? 0 : 1));
  writer.add(static_cast<std::uint32_t>(tables.channels));
  writer.add(static_cast<std::uint32_t>(tables.contexts.elements));
  writer.add(static_cast<std::uint16_t>(frequencies.rows.size() / tables.alphabet()));
  writer.add_all(tables.values);
  for (const std::size_t reference : tables.contexts.references)
    writer.add(reference == kNoReference ? kNone : static_cast<std::uint32_t>(reference));
  writer.add_all(tables.mask_frequencies);
  writer.add_all(tables.contexts.classes);
  writer.add_all(tables.ranks);
  writer.add_all(frequencies.row_of_context);
  writer.add_all(frequencies.rows);
  writer.add_all(frequencies.escapes);
  return writer.take();
}

KLevelTables read_klevel_tables(std::string_view description) {
  if (!description.starts_with(kKLevelPrefix)) throw bad("it does not begin with 'klevel'");
  Reader reader(description.substr(kKLevelPrefix.size()));
  KLevelTables tables;
  const Counts counts = read_head(reader, tables);
  read_tables(reader, counts, tables);
  reader.expect_end();
  check(tables);
  return tables;
}

}  // namespace tandem::codec
