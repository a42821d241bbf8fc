#include "codec/klevel_fit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/klevel.h"
#include "codec/klevel_walk.h"

namespace tandem::codec {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMostFittedElements = std::size_t{1} << 24;  // more samples than these are skipped evenly
constexpr std::size_t kMostElementsByClass = 1u
                                             << 16;  // beyond, classes are by channel: the description would be large
constexpr double kOneSided = 1e-3;                   // a least value this small, relative to the greatest, is rounding
constexpr double kCommonShare = 0.05;                // of the values are the least one: it is a floor, as after a ReLU
constexpr double kMostBins = 256;

// ---- the grid

struct Bin {
  double count = 0;
  double sum = 0;
  double squares = 0;

  Bin& operator+=(const Bin& other) {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
    return *this;
  }
  double distortion() const { return count > 0 ? squares - sum * sum / count : 0; }
  double bits(double total) const { return count > 0 ? -count * std::log2(count / total) : 0; }
};

// Where the lattice of levels is anchored: a floor that many values have, or zero between levels on both sides.
struct Anchor {
  double value = 0;
  bool is_floor = false;
  double scale = 1;  // root mean square around it
};

Anchor anchor_of(std::span<const float> values) {
  const auto [least, greatest] = std::ranges::minmax(values);
  Anchor anchor;
  const auto share = static_cast<double>(std::ranges::count(values, least)) / static_cast<double>(values.size());
  anchor.is_floor = least >= -kOneSided * greatest || share >= kCommonShare;
  anchor.value = anchor.is_floor && least < 0 ? least : 0;
  double squares = 0;
  for (const float value : values) squares += (value - anchor.value) * (value - anchor.value);
  anchor.scale = std::sqrt(squares / static_cast<double>(values.size()));
  if (!(anchor.scale > 0)) anchor.scale = 1;
  return anchor;
}

// Levels of one rounding, clipped where clipping costs less than the bits that it saves.
struct Candidate {
  Grid grid;
  double cost = std::numeric_limits<double>::infinity();  // distortion + λ rate
};

double cost_of(std::span<const Bin> bins, double total, double lambda) {
  double cost = 0;
  for (const Bin& bin : bins) cost += bin.distortion() + lambda * bin.bits(total);
  return cost;
}

Candidate clipped(std::vector<Bin> bins, double first_level, double rounding, double step, double anchor,
                  double lambda) {
  const double total =
      std::accumulate(bins.begin(), bins.end(), 0.0, [](double sum, const Bin& b) { return sum + b.count; });
  std::size_t first = 0;
  std::size_t last = bins.size() - 1;
  const auto merged_cost = [&](std::size_t from, std::size_t to) {
    Bin merged = bins[from];
    merged += bins[to];
    return merged.distortion() + lambda * merged.bits(total);
  };
  const auto apart_cost = [&](std::size_t a, std::size_t b) {
    return bins[a].distortion() + bins[b].distortion() + lambda * (bins[a].bits(total) + bins[b].bits(total));
  };
  while (last > first + 1 && merged_cost(last, last - 1) <= apart_cost(last, last - 1)) {
    bins[last - 1] += bins[last];
    --last;
  }
  while (last > first + 1 && merged_cost(first, first + 1) <= apart_cost(first, first + 1)) {
    bins[first + 1] += bins[first];
    ++first;
  }
  Candidate candidate;
  candidate.grid.levels = static_cast<int>(last - first + 1);
  candidate.grid.scale = static_cast<float>(1 / step);
  candidate.grid.offset = static_cast<float>(rounding - anchor / step - first_level - static_cast<double>(first));
  candidate.cost = cost_of(std::span(bins).subspan(first, last - first + 1), total, lambda);
  return candidate;
}

Candidate candidate_of(std::span<const float> values, const Anchor& anchor, double step, double rounding) {
  const auto [least, greatest] = std::ranges::minmax(values);
  const auto place = [&](double value) { return std::floor((value - anchor.value) / step + rounding); };
  double first = place(least);
  double last = std::max(place(greatest), first + 1);
  if (last - first >= kMostBins) {  // around the anchor
    first = std::max(first, -std::floor(kMostBins / 2));
    last = std::min(last, first + kMostBins - 1);
  }
  std::vector<Bin> bins(static_cast<std::size_t>(last - first) + 1);
  for (const float value : values) {
    const double at = std::clamp(place(value), first, last) - first;
    bins[static_cast<std::size_t>(at)] += Bin{1, value, double{value} * value};
  }
  const double lambda = step * step * std::log(2.0) / 6;
  return clipped(std::move(bins), first, rounding, step, anchor.value, lambda);
}

Grid fit_grid(std::span<const float> values, const KLevelSetting& setting) {
  const Anchor anchor = anchor_of(values);
  const double step = setting.step * anchor.scale;
  Candidate best = candidate_of(values, anchor, step, 0.5);
  if (anchor.is_floor) {
    for (const double rounding : {0.45, 0.4, 0.35, 0.3, 0.25}) {
      const Candidate candidate = candidate_of(values, anchor, step, rounding);
      if (candidate.cost < best.cost) best = candidate;
    }
  }
  return best.grid;
}

// ---- everything else, from the levels of all samples

class Fit {
 public:
  Fit(const base::TensorType& type, std::span<const float> samples, const KLevelSetting& setting)
      : layout_(layout_of(type.shape)), chunks_(chunks_of(layout_, false)), elements_(base::element_count(type.shape)) {
    pick(samples);
    tables_.grid = fit_grid(values_, setting);
    tables_.channels = layout_.channels;
    levels_.resize(values_.size());
    quantize(values_, tables_.grid, levels_.data());
    fit_zero();
    fit_values();
    fit_classes();
    fit_references();
    fit_ranks();
    fit_rows();
    fit_masks();
  }
  std::string description() const { return describe(tables_); }

 private:
  using Counts = std::vector<double>;

  // As many samples as are enough, evenly chosen.
  void pick(std::span<const float> samples) {
    const std::size_t count = samples.size() / elements_;
    const std::size_t most = std::max<std::size_t>(1, kMostFittedElements / elements_);
    samples_ = std::min(count, most);
    if (samples_ == count) {
      values_ = samples;
      return;
    }
    picked_.reserve(samples_ * elements_);
    for (std::size_t i = 0; i < samples_; ++i) {
      const auto sample = samples.subspan(i * count / samples_ * elements_, elements_);
      picked_.insert(picked_.end(), sample.begin(), sample.end());
    }
    values_ = picked_;
  }

  std::size_t channel_of(std::size_t element) const { return element / layout_.plane_elements() % layout_.channels; }
  const std::uint8_t* levels_of(std::size_t sample) const { return levels_.data() + sample * elements_; }

  void fit_zero() {
    std::array<std::size_t, 256> counts{};
    for (const std::uint8_t level : levels_) ++counts[level];
    tables_.zero_level = static_cast<int>(std::ranges::max_element(counts) - counts.begin());
    magnitudes_ = magnitudes_of(tables_.zero_level);
  }

  // The mean of what a channel has in each level, pulled towards that of all channels where there is little of it.
  void fit_values() {
    constexpr double kPull = 4;
    const std::size_t levels = tables_.levels();
    std::vector<Bin> bins(layout_.channels * levels);
    std::vector<Bin> all(levels);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const Bin one{1, values_[i], 0};
      bins[channel_of(i % elements_) * levels + levels_[i]] += one;
      all[levels_[i]] += one;
    }
    tables_.values.resize(bins.size());
    for (std::size_t i = 0; i < bins.size(); ++i) {
      const std::size_t level = i % levels;
      const double middle = (static_cast<double>(level) + 0.5 - tables_.grid.offset) / tables_.grid.scale;
      const double mean = all[level].count > 0 ? all[level].sum / all[level].count : middle;
      tables_.values[i] = static_cast<float>((bins[i].sum + kPull * mean) / (bins[i].count + kPull));
    }
  }

  // By how often an element, or a channel, is anything but zero: even steps of the log-odds between the rarest and the
  // commonest.
  void fit_classes() {
    const std::size_t plane = layout_.plane_elements();
    const bool is_by_element = elements_ == layout_.channels * plane && elements_ <= kMostElementsByClass;
    tables_.elements = is_by_element ? elements_ : 0;
    Counts active(is_by_element ? elements_ : layout_.channels, 0.5);
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const std::size_t element = i % elements_;
      if (levels_[i] != tables_.zero_level) active[is_by_element ? element : channel_of(element)] += 1;
    }
    const double total = static_cast<double>(levels_.size()) / static_cast<double>(active.size()) + 1;
    for (double& count : active) count = std::log(count / (total - count));
    const auto [least, greatest] = std::ranges::minmax(active);
    const double step = std::max((greatest - least) / static_cast<double>(kClasses), 1e-9);
    for (const double odds : active) {
      const double place = std::min((odds - least) / step, static_cast<double>(kClasses - 1));
      tables_.classes.push_back(static_cast<std::uint8_t>(place));
    }
  }

  // The earlier channel whose zeros tell most of a channel's own (mutual information over places).
  void fit_references() {
    tables_.references.assign(layout_.channels, kNoReference);
    if (layout_.plane_elements() < 2 || chunks_.empty()) return;
    const auto flags = flags_by_channel();
    for (const Chunk chunk : chunks_) {
      const std::size_t last = std::min(chunk.last_plane, layout_.channels);
      const std::size_t elements = (chunk.last_plane - chunk.first_plane) * layout_.plane_elements();
      const auto group = static_cast<std::size_t>(KLevelWalk::lanes_of(elements));
      for (std::size_t channel = chunk.first_plane; channel < last; ++channel) {
        const std::size_t end = chunk.first_plane + (channel - chunk.first_plane) / group * group;
        tables_.references[channel] = best_reference(flags, channel, chunk.first_plane, end);
      }
    }
  }

  struct Flags {
    std::size_t words = 0;  // of a channel
    double places = 0;
    std::vector<std::uint64_t> bits;
    Counts counts;
  };
  Flags flags_by_channel() const {
    constexpr std::size_t kMostWords = 256;
    const std::size_t plane = layout_.plane_elements();
    const std::size_t samples = std::clamp<std::size_t>(kMostWords * 64 / plane, 1, samples_);
    Flags flags{(samples * plane + 63) / 64, static_cast<double>(samples * plane), {}, {}};
    flags.bits.resize(flags.words * layout_.channels);
    flags.counts.resize(layout_.channels);
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const std::uint8_t* const levels = levels_of(sample * samples_ / samples);
      for (std::size_t i = 0; i < layout_.channels * plane; ++i) {
        if (levels[i] == tables_.zero_level) continue;
        const std::size_t bit = sample * plane + i % plane;
        flags.bits[i / plane * flags.words + bit / 64] |= std::uint64_t{1} << (bit % 64);
        flags.counts[i / plane] += 1;
      }
    }
    return flags;
  }
  static std::size_t best_reference(const Flags& flags, std::size_t channel, std::size_t first, std::size_t end) {
    constexpr double kLeastInformation = 2e-3;  // bits for each place
    const auto entropy = [](double p) { return p <= 0 ? 0 : -p * std::log2(p); };
    std::size_t best = kNoReference;
    double most = kLeastInformation;
    const double own = flags.counts[channel] / flags.places;
    for (std::size_t other = first; other < end; ++other) {
      double together = 0;
      for (std::size_t word = 0; word < flags.words; ++word) {
        together += std::popcount(flags.bits[channel * flags.words + word] & flags.bits[other * flags.words + word]);
      }
      const double both = together / flags.places;
      const double theirs = flags.counts[other] / flags.places;
      const double information = entropy(own) + entropy(1 - own) + entropy(theirs) + entropy(1 - theirs) -
                                 entropy(both) - entropy(own - both) - entropy(theirs - both) -
                                 entropy(1 - own - theirs + both);
      if (information <= most) continue;
      most = information;
      best = other;
    }
    return best;
  }

  void fit_ranks() {
    Counts counts(tables_.levels());
    for (const std::uint8_t level : levels_) counts[level] += 1;
    std::vector<std::size_t> order(counts.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t level) { return counts[level]; });
    tables_.ranks.resize(order.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      tables_.ranks[order[rank]] = static_cast<std::uint8_t>(rank);
  }

  std::size_t rank_of(std::size_t level) const { return tables_.ranks[level]; }
  std::size_t symbol_of(std::size_t level) const { return std::min(rank_of(level), KLevelTables::kDirectLevels - 1); }

  // Calls visit(sample, place in the sample, context) for every element, in contexts that encoders see.
  template <class Visit>
  void visit_contexts(std::size_t samples, Visit&& visit) {
    for (const Chunk chunk : chunks_) {
      const std::vector<std::uint8_t> no_masks(chunk.last_plane - chunk.first_plane);
      const std::size_t first = chunk.first_plane * layout_.plane_elements();
      for (std::size_t sample = 0; sample < samples; ++sample) {
        const std::uint8_t* const levels = levels_of(sample);
        walk_.begin(tables_, layout_, chunk, no_masks);
        walk_.run([&](auto, int, std::size_t place, std::size_t context) {
          visit(sample, first + place, context);
          return magnitudes_[levels[first + place]];
        });
      }
    }
  }

  // A context that was seen often has a row of its own, any other that of its class.
  void fit_rows() {
    constexpr double kOften = 48;
    constexpr std::size_t kPerClass = kContexts / kClasses;
    const std::size_t alphabet = tables_.alphabet();
    Counts counts(kContexts * alphabet);
    Counts escapes(17 * 16, 0.05);
    visit_contexts(samples_, [&](std::size_t sample, std::size_t place, std::size_t context) {
      const std::size_t level = levels_of(sample)[place];
      counts[context * alphabet + symbol_of(level)] += 1;
      if (!tables_.has_escapes() || rank_of(level) < KLevelTables::kDirectLevels - 1) return;
      const std::size_t beyond = rank_of(level) - (KLevelTables::kDirectLevels - 1);
      escapes[beyond / 16] += 1;
      escapes[(1 + beyond / 16) * 16 + beyond % 16] += 1;
    });
    Counts all(alphabet, 0.01);
    for (std::size_t i = 0; i < counts.size(); ++i) all[i % alphabet] += counts[i];
    tables_.row_of_context.resize(kContexts);
    for (std::size_t number = 0; number < kClasses; ++number) {
      Counts parent = smoothed(all, 4);
      for (std::size_t i = number * kPerClass * alphabet; i < (number + 1) * kPerClass * alphabet; ++i)
        parent[i % alphabet] += counts[i];
      const std::size_t parent_row = append_row(parent);
      for (std::size_t context = number * kPerClass; context < (number + 1) * kPerClass; ++context) {
        const auto own = std::span(counts).subspan(context * alphabet, alphabet);
        const double seen = std::accumulate(own.begin(), own.end(), 0.0);
        Counts row = smoothed(parent, 2);
        for (std::size_t symbol = 0; symbol < alphabet; ++symbol) row[symbol] += own[symbol];
        tables_.row_of_context[context] = static_cast<std::uint16_t>(seen >= kOften ? append_row(row) : parent_row);
      }
    }
    if (!tables_.has_escapes()) return;
    for (std::size_t row = 0; row < 17; ++row) {
      for (const auto frequency : frequencies_of(std::span(escapes).subspan(row * 16, 16)))
        tables_.escapes.push_back(frequency);
    }
  }

  static Counts smoothed(const Counts& prior, double weight) {
    const double total = std::accumulate(prior.begin(), prior.end(), 0.0);
    Counts row = prior;
    for (double& count : row) count *= weight / total;
    return row;
  }
  std::size_t append_row(const Counts& counts) {
    const auto row = frequencies_of(counts);
    tables_.rows.insert(tables_.rows.end(), row.begin(), row.end());
    return tables_.rows.size() / counts.size() - 1;
  }

  // Out of kTotal, none of them 0.
  static std::vector<std::uint16_t> frequencies_of(std::span<const double> counts) {
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

  // A flag for each plane pays when zeros by themselves cost more than the flags.
  void fit_masks() {
    const std::size_t plane = layout_.plane_elements();
    if (plane < 2) return;
    const std::size_t planes = elements_ / plane;
    const std::size_t samples = std::clamp<std::size_t>((std::size_t{1} << 20) / elements_, 1, samples_);
    const auto is_zero = [&](std::size_t sample, std::size_t at) {
      const std::uint8_t* const first = levels_of(sample) + at * plane;
      return std::all_of(first, first + plane, [&](std::uint8_t level) { return level == tables_.zero_level; });
    };
    Counts zero_planes(layout_.channels, 0.5);
    for (std::size_t sample = 0; sample < samples_; ++sample) {
      for (std::size_t at = 0; at < planes; ++at) zero_planes[at % layout_.channels] += is_zero(sample, at) ? 1 : 0;
    }
    std::vector<std::uint16_t> frequencies;
    double flag_bits = 0;
    for (const double count : zero_planes) {
      const double total = static_cast<double>(samples_ * planes) / static_cast<double>(layout_.channels) + 1;
      const double share = std::clamp(count / total, 1.0 / kTotal, 1 - 1.0 / kTotal);
      frequencies.push_back(static_cast<std::uint16_t>(std::clamp(std::round(share * kTotal), 1.0, kTotal - 1.0)));
      const double entropy = -share * std::log2(share) - (1 - share) * std::log2(1 - share);
      flag_bits += entropy * static_cast<double>(samples * planes) / static_cast<double>(layout_.channels);
    }
    std::vector<std::uint8_t> zero(samples * planes);
    for (std::size_t i = 0; i < zero.size(); ++i) zero[i] = is_zero(i / planes, i % planes) ? 1 : 0;
    const std::size_t alphabet = tables_.alphabet();
    double zero_bits = 0;
    visit_contexts(samples, [&](std::size_t sample, std::size_t place, std::size_t context) {
      if (zero[sample * planes + place / plane] == 0) return;
      const std::size_t row = tables_.row_of_context[context];
      const auto frequency = tables_.rows[row * alphabet + symbol_of(static_cast<std::size_t>(tables_.zero_level))];
      zero_bits += kFrequencyBits - std::log2(static_cast<double>(frequency));
    });
    if (zero_bits > flag_bits) tables_.mask_frequencies = std::move(frequencies);
  }

  const Layout layout_;
  const std::vector<Chunk> chunks_;
  const std::size_t elements_;  // of a sample
  std::size_t samples_ = 0;
  std::vector<float> picked_;
  std::span<const float> values_;
  std::vector<std::uint8_t> levels_;
  std::array<std::uint8_t, 256> magnitudes_{};
  KLevelWalk walk_;
  KLevelTables tables_;
};

}  // namespace

std::string fit_klevel(const base::TensorType& type, std::span<const float> samples, const KLevelSetting& setting) {
  if (type.element != base::ElementType::Float32) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("klevel: a tensor of {}, expected float32", base::name_of(type.element)));
  }
  const std::size_t elements = base::element_count(type.shape);
  if (elements == 0 || samples.size() < elements || samples.size() % elements != 0) {
    throw Error(ErrorKind::InvalidInput, fmt::format("klevel: {} values to fit to, expected samples of {} each",
                                                     samples.size(), base::to_string(type.shape)));
  }
  if (!(setting.step > 0 && setting.step <= 100))
    throw Error(ErrorKind::InvalidInput, fmt::format("klevel: step {}, expected (0, 100]", setting.step));
  return Fit(type, samples, setting).description();
}

}  // namespace tandem::codec
