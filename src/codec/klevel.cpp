#include "codec/klevel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/elements.h"
#include "codec/klevel_tables.h"
#include "codec/klevel_walk.h"
#include "codec/rans.h"

namespace tandem::codec {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kStride = 20;                              // of cumulative frequencies: at most 17 are used
constexpr std::size_t kMostRanks = kEscape + kDigits * kDigits;  // a chunk can name no more

Error bad_chunk(const std::string& what) {
  return {ErrorKind::InvalidInput, fmt::format("klevel chunk: {}", what)};
}

// Cumulative frequencies of rows, kStride apart, as SymbolReader wants them.
std::vector<std::uint16_t> starts_of(const std::vector<std::uint16_t>& rows, std::size_t alphabet) {
  const std::size_t count = rows.size() / alphabet;
  std::vector<std::uint16_t> starts(count * kStride, kTotal);
  for (std::size_t row = 0; row < count; ++row) {
    std::uint32_t sum = 0;
    for (std::size_t symbol = 0; symbol < alphabet; ++symbol) {
      starts[row * kStride + symbol] = static_cast<std::uint16_t>(sum);
      sum += rows[row * alphabet + symbol];
    }
  }
  return starts;
}

// The memory that a thread needs for a chunk, kept for the next one.
struct Workspace {
  KLevelWalk walk;
  std::vector<std::uint8_t> levels;
  std::vector<std::uint8_t> is_masked;
  std::vector<CodedSymbol> symbols;
  CodedSymbol* next = nullptr;  // in symbols, to be written

  void reserve(std::size_t count) {
    if (symbols.size() < count) symbols.resize(count);
    next = symbols.data();
  }
};

Workspace& workspace() {
  static thread_local Workspace workspace;
  return workspace;
}

class KLevelCodec : public Codec {
 public:
  KLevelCodec(KLevelTables tables, std::string description)
      : tables_(std::move(tables)),
        description_(std::move(description)),
        magnitudes_(magnitudes_of(tables_.zero_level)),
        level_of_rank_(kMostRanks) {
    const auto rows = starts_of(tables_.frequencies.rows, tables_.alphabet());
    starts_.reserve(kContexts * kStride);
    for (const std::uint16_t row : tables_.frequencies.row_of_context)
      starts_.insert(starts_.end(), rows.begin() + static_cast<std::ptrdiff_t>(row * kStride),
                     rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * kStride));
    if (tables_.has_escapes()) escape_starts_ = starts_of(tables_.frequencies.escapes, kDigits);
    for (std::size_t level = 0; level < tables_.ranks.size(); ++level)
      level_of_rank_[tables_.ranks[level]] = static_cast<std::uint8_t>(level);
    for (const std::uint8_t level : level_of_rank_) magnitude_of_rank_.push_back(magnitudes_[level]);
  }

  std::string name() const override { return "klevel"; }
  std::string parameters() const override {
    return fmt::format("k={} step={:.4g}", tables_.levels(), 1 / tables_.grid.scale);
  }
  const std::string& description() const override { return description_; }

  void check(const base::TensorType& type) const override {
    const Layout layout = layout_of(type.shape);
    const std::size_t elements = tables_.contexts.elements;
    const bool fits_classes = elements == 0 || layout.channels * layout.plane_elements() == elements;
    if (type.element == base::ElementType::Float32 && layout.channels == tables_.channels && fits_classes) return;
    throw Error(ErrorKind::Unsupported,
                fmt::format("klevel: a tensor of {} {}, this one was fitted to float32 of {} channels{}",
                            base::name_of(type.element), base::to_string(type.shape), tables_.channels,
                            elements == 0 ? "" : fmt::format(" and {} elements", elements)));
  }

  // A symbol takes at most kFrequencyBits bits, an element at most three symbols.
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    const std::size_t elements = elements_in(type, chunk);
    const std::size_t planes = chunk.last_plane - chunk.first_plane;
    return 4 * kMostLanes + 2 * planes + (tables_.has_escapes() ? 5 : 2) * elements + 2;
  }

  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    Workspace& space = workspace();
    const Layout layout = layout_of(tensor.shape());
    const auto values = values_in<float>(tensor, chunk);
    space.levels.resize(values.size());
    quantize(values, tables_.grid, space.levels.data());
    space.reserve(values.size() * (tables_.has_escapes() ? 3 : 1) + chunk.last_plane - chunk.first_plane);
    mark_masks(layout, chunk, space);
    space.walk.begin(tables_.contexts, layout, chunk, space.is_masked);
    const std::uint8_t* const levels = space.levels.data();
    const std::uint8_t* const ranks = tables_.ranks.data();
    const std::uint16_t* const starts = starts_.data();
    CodedSymbol* next = space.next;
    space.walk.run([&](auto, int lane, std::size_t place, std::size_t context) {
      const std::uint8_t level = levels[place];
      next = add(starts + context * kStride, ranks[level], lane, next);
      return magnitudes_[level];
    });
    space.next = next;
    encode_symbols({space.symbols.data(), space.next}, KLevelWalk::lanes_of(values.size()), out);
  }

  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    Workspace& space = workspace();
    const Layout layout = layout_of(tensor.shape());
    const auto values = mutable_values_in<float>(tensor, chunk);
    space.levels.assign(values.size(), static_cast<std::uint8_t>(tables_.zero_level));
    SymbolReader reader(bytes, KLevelWalk::lanes_of(values.size()));
    read_masks(reader, layout, chunk, space.is_masked);
    space.walk.begin(tables_.contexts, layout, chunk, space.is_masked);
    tables_.has_escapes() ? read<true>(reader, space) : read<false>(reader, space);
    if (!reader.has_ended_well()) throw bad_chunk("its end is not where its symbols end");
    restore(layout, chunk, space.levels, values);
  }

 private:
  // These write to `next`, and return the place after their output.
  static CodedSymbol* add_symbol(const std::uint16_t* starts, std::size_t symbol, int lane, CodedSymbol* next) {
    *next = {starts[symbol], static_cast<std::uint16_t>(starts[symbol + 1] - starts[symbol]),
             static_cast<std::uint16_t>(lane)};
    return next + 1;
  }
  CodedSymbol* add(const std::uint16_t* starts, std::size_t rank, int lane, CodedSymbol* next) const {
    if (rank < kEscape || !tables_.has_escapes()) [[likely]]
      return add_symbol(starts, rank, lane, next);
    next = add_symbol(starts, kEscape, lane, next);
    const std::size_t first = (rank - kEscape) / kDigits;
    next = add_symbol(escape_starts_.data(), first, lane, next);
    return add_symbol(escape_starts_.data() + (1 + first) * kStride, (rank - kEscape) % kDigits, lane, next);
  }

  // Cumulative frequencies of the flag of a plane: 0 says that all of it is at the zero level.
  std::array<std::uint16_t, 5> mask_starts(std::size_t channel) const {
    return {0, tables_.mask_frequencies[channel], kTotal, kTotal, kTotal};
  }
  void mark_masks(const Layout& layout, Chunk chunk, Workspace& space) const {
    const std::size_t planes = chunk.last_plane - chunk.first_plane;
    const std::size_t elements = layout.plane_elements();
    space.is_masked.assign(planes, 0);
    if (tables_.mask_frequencies.empty()) return;
    for (std::size_t plane = 0; plane < planes; ++plane) {
      const auto first = space.levels.begin() + static_cast<std::ptrdiff_t>(plane * elements);
      const bool is_masked = std::all_of(first, first + static_cast<std::ptrdiff_t>(elements),
                                         [&](std::uint8_t level) { return level == tables_.zero_level; });
      space.is_masked[plane] = is_masked ? 1 : 0;
      const auto starts = mask_starts((chunk.first_plane + plane) % layout.channels);
      space.next = add_symbol(starts.data(), is_masked ? 0 : 1, 0, space.next);
    }
  }
  void read_masks(SymbolReader& reader, const Layout& layout, Chunk chunk, std::vector<std::uint8_t>& is_masked) const {
    const std::size_t planes = chunk.last_plane - chunk.first_plane;
    is_masked.assign(planes, 0);
    if (tables_.mask_frequencies.empty()) return;
    for (std::size_t plane = 0; plane < planes; ++plane) {
      const auto starts = mask_starts((chunk.first_plane + plane) % layout.channels);
      is_masked[plane] = reader.next(0, starts.data()) == 0 ? 1 : 0;
    }
  }

  template <bool has_escapes>
  void read(SymbolReader& reader, Workspace& space) const {
    SymbolReader local = reader;  // a copy: the compiler may keep its states in registers
    std::uint8_t* const levels = space.levels.data();
    const std::uint16_t* const starts = starts_.data();
    const std::uint8_t* const level_of_rank = level_of_rank_.data();
    const std::uint8_t* const magnitude_of_rank = magnitude_of_rank_.data();
    bool is_beyond = false;
    space.walk.run([&](auto lanes, int lane, std::size_t place, std::size_t context) {
      std::size_t rank = local.next<lanes.value == 1>(lane, starts + context * kStride);
      if (has_escapes && rank == kEscape) {
        const std::size_t first = local.next(lane, escape_starts_.data());
        rank += first * kDigits + local.next(lane, escape_starts_.data() + (1 + first) * kStride);
        is_beyond |= rank >= tables_.levels();
      }
      levels[place] = level_of_rank[rank];
      return magnitude_of_rank[rank];
    });
    if (is_beyond) throw bad_chunk(fmt::format("a level beyond the last of {}", tables_.levels()));
    reader = local;
  }

  void restore(const Layout& layout, Chunk chunk, const std::vector<std::uint8_t>& levels,
               std::span<float> values) const {
    const std::size_t elements = layout.plane_elements();
    for (std::size_t plane = chunk.first_plane, at = 0; plane < chunk.last_plane; ++plane) {
      const float* const value_of_level = tables_.values.data() + plane % layout.channels * tables_.levels();
      for (const std::size_t end = at + elements; at < end; ++at) values[at] = value_of_level[levels[at]];
    }
  }

  const KLevelTables tables_;
  const std::string description_;
  const std::array<std::uint8_t, 256> magnitudes_;
  std::vector<std::uint16_t> starts_;  // by context
  std::vector<std::uint16_t> escape_starts_;
  std::vector<std::uint8_t> level_of_rank_;
  std::vector<std::uint8_t> magnitude_of_rank_;
};

}  // namespace

std::shared_ptr<const Codec> open_klevel(std::string_view description) {
  return std::make_shared<KLevelCodec>(read_klevel_tables(description), std::string(description));
}

}  // namespace tandem::codec
