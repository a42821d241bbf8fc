#include "codec/klevel_fit_frequencies.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

#include "codec/klevel_walk.h"
#include "codec/rans.h"

namespace tandem::codec {
namespace {

using Counts = std::vector<double>;
using Ranks = std::vector<std::uint8_t>;

std::size_t symbol_of(std::size_t rank) {
  return std::min(rank, kEscape);
}

// Calls visit(sample, place in the sample, context) for every element of the first `count` samples, in contexts that
// encoders see.
template <class Visit>
void visit_contexts(const LevelSamples& samples, const ContextTables& contexts, std::size_t count, Visit&& visit) {
  const auto magnitudes = magnitudes_of(samples.zero_level);
  KLevelWalk walk;
  for (const Chunk chunk : chunks_of(samples.layout, false)) {
    const std::vector<std::uint8_t> no_masks(chunk.last_plane - chunk.first_plane);
    const std::size_t first = chunk.first_plane * samples.layout.plane_elements();
    for (std::size_t sample = 0; sample < count; ++sample) {
      const std::uint8_t* const levels = samples.levels_of(sample);
      walk.begin(contexts, samples.layout, chunk, no_masks);
      walk.run([&](auto, int, std::size_t place, std::size_t context) {
        visit(sample, first + place, context);
        return magnitudes[levels[first + place]];
      });
    }
  }
}

// ---- frequencies

struct ContextCounts {
  Counts symbols;  // [kContexts][alphabet]
  Counts escapes;  // [kEscapeRows][kDigits]
};

ContextCounts count_symbols(const LevelSamples& samples, const ContextTables& contexts, const Ranks& ranks) {
  const std::size_t alphabet = alphabet_of(samples.level_count);
  ContextCounts counts{Counts(kContexts * alphabet), Counts(kEscapeRows * kDigits, 0.05)};
  visit_contexts(samples, contexts, samples.count, [&](std::size_t sample, std::size_t place, std::size_t context) {
    const std::size_t rank = ranks[samples.levels_of(sample)[place]];
    counts.symbols[context * alphabet + symbol_of(rank)] += 1;
    if (!has_escapes(samples.level_count) || rank < kEscape) return;
    const std::size_t beyond = rank - kEscape;
    counts.escapes[beyond / kDigits] += 1;
    counts.escapes[(1 + beyond / kDigits) * kDigits + beyond % kDigits] += 1;
  });
  return counts;
}

Counts smoothed(const Counts& prior, double weight) {
  const double total = std::accumulate(prior.begin(), prior.end(), 0.0);
  Counts row = prior;
  for (double& count : row) count *= weight / total;
  return row;
}

// Out of kTotal, none of them 0.
std::vector<std::uint16_t> frequencies_of(std::span<const double> counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double to_share = static_cast<double>(kTotal) - static_cast<double>(counts.size());
  std::vector<std::uint16_t> frequencies;
  std::uint32_t sum = 0;
  for (const double count : counts) {
    frequencies.push_back(static_cast<std::uint16_t>(1 + std::floor(count / total * to_share)));
    sum += frequencies.back();
  }
  const auto largest = std::ranges::max_element(counts) - counts.begin();
  frequencies[static_cast<std::size_t>(largest)] += static_cast<std::uint16_t>(kTotal - sum);
  return frequencies;
}

// Returns the number of the row.
std::uint16_t append_row(const Counts& counts, std::vector<std::uint16_t>& rows) {
  const auto row = frequencies_of(counts);
  rows.insert(rows.end(), row.begin(), row.end());
  return static_cast<std::uint16_t>(rows.size() / counts.size() - 1);
}

// Rows for the contexts of one class, whose counts are `symbols`, [contexts][alphabet]; first the class's own.
void append_class(std::span<const double> symbols, const Counts& prior, FrequencyTables& tables) {
  constexpr double kOften = 48;
  const std::size_t alphabet = prior.size();
  Counts of_class = prior;
  for (std::size_t i = 0; i < symbols.size(); ++i) of_class[i % alphabet] += symbols[i];
  const std::uint16_t class_row = append_row(of_class, tables.rows);
  for (; !symbols.empty(); symbols = symbols.subspan(alphabet)) {
    const auto own = symbols.first(alphabet);
    Counts row = smoothed(of_class, 2);
    for (std::size_t symbol = 0; symbol < alphabet; ++symbol) row[symbol] += own[symbol];
    const bool is_seen_often = std::accumulate(own.begin(), own.end(), 0.0) >= kOften;
    tables.row_of_context.push_back(is_seen_often ? append_row(row, tables.rows) : class_row);
  }
}

// ---- masks

// [samples][planes]: whether all of a plane is zero.
std::vector<std::uint8_t> silent_planes(const LevelSamples& samples) {
  const std::size_t elements = samples.layout.plane_elements();
  std::vector<std::uint8_t> silent;
  for (auto first = samples.levels.begin(); first != samples.levels.end();) {
    const auto last = first + static_cast<std::ptrdiff_t>(elements);
    silent.push_back(std::all_of(first, last, [&](auto level) { return level == samples.zero_level; }) ? 1 : 0);
    first = last;
  }
  return silent;
}

// By channel: the share of its planes that are silent, kept above 0 and below 1.
Counts silent_shares(const std::vector<std::uint8_t>& silent, std::size_t channels) {
  Counts shares(channels, 0.5);
  for (std::size_t plane = 0; plane < silent.size(); ++plane) shares[plane % channels] += silent[plane];
  const double total = static_cast<double>(silent.size()) / static_cast<double>(channels) + 1;
  for (double& share : shares) share = std::clamp(share / total, 1.0 / kTotal, 1 - 1.0 / kTotal);
  return shares;
}

double bits_of_flags(const Counts& shares, std::size_t planes) {
  double bits = 0;
  for (const double share : shares) {
    const double entropy = -share * std::log2(share) - (1 - share) * std::log2(1 - share);
    bits += entropy * static_cast<double>(planes) / static_cast<double>(shares.size());
  }
  return bits;
}

// Of silent planes in the first `count` samples, coded without masks.
double bits_of_zeros(const LevelSamples& samples, std::size_t count, const std::vector<std::uint8_t>& silent,
                     const ContextTables& contexts, std::size_t symbol_of_zero, const FrequencyTables& frequencies) {
  const std::size_t alphabet = alphabet_of(samples.level_count);
  double bits = 0;
  visit_contexts(samples, contexts, count, [&](std::size_t sample, std::size_t place, std::size_t context) {
    if (silent[sample * samples.layout.planes + place / samples.layout.plane_elements()] == 0) return;
    const auto frequency = frequencies.rows[frequencies.row_of_context[context] * alphabet + symbol_of_zero];
    bits += kFrequencyBits - std::log2(static_cast<double>(frequency));
  });
  return bits;
}

}  // namespace

std::vector<std::uint8_t> fit_ranks(const LevelSamples& samples) {
  Counts counts(samples.level_count);
  for (const std::uint8_t level : samples.levels) counts[level] += 1;
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t level) { return counts[level]; });
  Ranks ranks(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = static_cast<std::uint8_t>(rank);
  return ranks;
}

FrequencyTables fit_frequencies(const LevelSamples& samples, const ContextTables& contexts, const Ranks& ranks) {
  const std::size_t alphabet = alphabet_of(samples.level_count);
  const ContextCounts counts = count_symbols(samples, contexts, ranks);
  Counts all(alphabet, 0.01);
  for (std::size_t i = 0; i < counts.symbols.size(); ++i) all[i % alphabet] += counts.symbols[i];
  FrequencyTables tables;
  const std::size_t of_class = kContexts / kClasses * alphabet;
  for (std::size_t number = 0; number < kClasses; ++number)
    append_class(std::span(counts.symbols).subspan(number * of_class, of_class), smoothed(all, 4), tables);
  if (!has_escapes(samples.level_count)) return tables;
  for (std::size_t row = 0; row < kEscapeRows; ++row) {
    const auto frequencies = frequencies_of(std::span(counts.escapes).subspan(row * kDigits, kDigits));
    tables.escapes.insert(tables.escapes.end(), frequencies.begin(), frequencies.end());
  }
  return tables;
}

std::vector<std::uint16_t> fit_masks(const LevelSamples& samples, const ContextTables& contexts, const Ranks& ranks,
                                     const FrequencyTables& frequencies) {
  constexpr std::size_t kEnoughElements = std::size_t{1} << 20;
  if (samples.layout.plane_elements() < 2) return {};
  const auto silent = silent_planes(samples);
  const Counts shares = silent_shares(silent, samples.layout.channels);
  const std::size_t count = std::clamp<std::size_t>(kEnoughElements / samples.elements, 1, samples.count);
  const double flag_bits = bits_of_flags(shares, count * samples.layout.planes);
  const std::size_t symbol = symbol_of(ranks[samples.zero_level]);
  if (bits_of_zeros(samples, count, silent, contexts, symbol, frequencies) <= flag_bits) return {};
  std::vector<std::uint16_t> masks;
  for (const double share : shares)
    masks.push_back(static_cast<std::uint16_t>(std::clamp(std::round(share * kTotal), 1.0, kTotal - 1.0)));
  return masks;
}

}  // namespace tandem::codec
