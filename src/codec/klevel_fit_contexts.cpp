#include "codec/klevel_fit_contexts.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/klevel_walk.h"

namespace tandem::codec {
namespace {

using Counts = std::vector<double>;

constexpr std::size_t kMostElementsByClass = std::size_t{1} << 16;  // beyond, the description would be large

// How often each element, or each channel, is not zero, plus one half.
Counts activity_of(const LevelSamples& samples, bool is_by_element) {
  Counts active(is_by_element ? samples.elements : samples.layout.channels, 0.5);
  for (std::size_t i = 0; i < samples.levels.size(); ++i) {
    const std::size_t element = i % samples.elements;
    if (samples.levels[i] != samples.zero_level) active[is_by_element ? element : samples.channel_of(element)] += 1;
  }
  return active;
}

// Even steps of the log-odds between the rarest and the commonest.
std::vector<std::uint8_t> classes_of(const Counts& active, double total) {
  Counts odds;
  for (const double count : active) odds.push_back(std::log(count / (total - count)));
  const auto [least, greatest] = std::ranges::minmax(odds);
  const double step = std::max((greatest - least) / static_cast<double>(kClasses), 1e-9);
  std::vector<std::uint8_t> classes;
  for (const double value : odds)
    classes.push_back(static_cast<std::uint8_t>(std::min((value - least) / step, static_cast<double>(kClasses - 1))));
  return classes;
}

// The places of a channel that are not zero, in some of the samples.
struct Flags {
  std::size_t words = 0;  // of a channel
  double places = 0;
  std::vector<std::uint64_t> bits;  // [channels][words]
  Counts counts;                    // by channel
};

Flags flags_by_channel(const LevelSamples& samples) {
  constexpr std::size_t kMostWords = 256;
  const std::size_t plane = samples.layout.plane_elements();
  const std::size_t channels = samples.layout.channels;
  const std::size_t count = std::clamp<std::size_t>(kMostWords * 64 / plane, 1, samples.count);
  Flags flags{(count * plane + 63) / 64, static_cast<double>(count * plane), {}, Counts(channels)};
  flags.bits.resize(flags.words * channels);
  for (std::size_t sample = 0; sample < count; ++sample) {
    const std::uint8_t* const levels = samples.levels_of(sample * samples.count / count);
    for (std::size_t i = 0; i < channels * plane; ++i) {
      if (levels[i] == samples.zero_level) continue;
      const std::size_t bit = sample * plane + i % plane;
      flags.bits[i / plane * flags.words + bit / 64] |= std::uint64_t{1} << (bit % 64);
      flags.counts[i / plane] += 1;
    }
  }
  return flags;
}

double entropy_of(double share) {
  return share <= 0 ? 0 : -share * std::log2(share);
}

// Bits of information, for each place, that a channel's zeros give about another's.
double information(const Flags& flags, std::size_t channel, std::size_t other) {
  double together = 0;
  for (std::size_t word = 0; word < flags.words; ++word) {
    together += std::popcount(flags.bits[channel * flags.words + word] & flags.bits[other * flags.words + word]);
  }
  const double own = flags.counts[channel] / flags.places;
  const double theirs = flags.counts[other] / flags.places;
  const double both = together / flags.places;
  return entropy_of(own) + entropy_of(1 - own) + entropy_of(theirs) + entropy_of(1 - theirs) - entropy_of(both) -
         entropy_of(own - both) - entropy_of(theirs - both) - entropy_of(1 - own - theirs + both);
}

// Among channels [first, end).
std::size_t best_reference(const Flags& flags, std::size_t channel, std::size_t first, std::size_t end) {
  constexpr double kLeastInformation = 2e-3;
  std::size_t best = kNoReference;
  double most = kLeastInformation;
  for (std::size_t other = first; other < end; ++other) {
    const double told = information(flags, channel, other);
    if (told <= most) continue;
    most = told;
    best = other;
  }
  return best;
}

// A reference lies in the same chunk, outside the group of channels that lanes walk over at the same time.
std::vector<std::size_t> references_of(const LevelSamples& samples) {
  const Layout& layout = samples.layout;
  std::vector<std::size_t> references(layout.channels, kNoReference);
  if (layout.plane_elements() < 2) return references;
  const Flags flags = flags_by_channel(samples);
  for (const Chunk chunk : chunks_of(layout, false)) {
    const std::size_t last = std::min(chunk.last_plane, layout.channels);
    const std::size_t elements = (chunk.last_plane - chunk.first_plane) * layout.plane_elements();
    const auto lanes = static_cast<std::size_t>(KLevelWalk::lanes_of(elements));
    for (std::size_t channel = chunk.first_plane; channel < last; ++channel) {
      const std::size_t end = chunk.first_plane + (channel - chunk.first_plane) / lanes * lanes;
      references[channel] = best_reference(flags, channel, chunk.first_plane, end);
    }
  }
  return references;
}

}  // namespace

ContextTables fit_contexts(const LevelSamples& samples) {
  const bool has_one_batch = samples.layout.planes == samples.layout.channels;
  const bool is_by_element = has_one_batch && samples.elements <= kMostElementsByClass;
  const Counts active = activity_of(samples, is_by_element);
  const double total = static_cast<double>(samples.levels.size()) / static_cast<double>(active.size()) + 1;
  return {is_by_element ? samples.elements : 0, classes_of(active, total), references_of(samples)};
}

}  // namespace tandem::codec
