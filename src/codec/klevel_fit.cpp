#include "codec/klevel_fit.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/klevel_fit_contexts.h"
#include "codec/klevel_fit_frequencies.h"
#include "codec/klevel_fit_grid.h"
#include "codec/klevel_samples.h"
#include "codec/klevel_tables.h"

namespace tandem::codec {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMostFittedElements = std::size_t{1} << 24;

void check(const base::TensorType& type, std::span<const float> samples, const KLevelSetting& setting) {
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
}

// At most kMostFittedElements values, of evenly chosen samples; empty when all samples are used.
std::vector<float> picked(std::span<const float> samples, std::size_t elements) {
  const std::size_t count = samples.size() / elements;
  const std::size_t most = std::max<std::size_t>(1, kMostFittedElements / elements);
  if (count <= most) return {};
  std::vector<float> values;
  values.reserve(most * elements);
  for (std::size_t i = 0; i < most; ++i) {
    const auto sample = samples.subspan(i * count / most * elements, elements);
    values.insert(values.end(), sample.begin(), sample.end());
  }
  return values;
}

struct Mean {
  double count = 0;
  double sum = 0;

  void add(double value) {
    count += 1;
    sum += value;
  }
};

// [channels][levels]: the mean of a channel's values in each level, pulled towards that of all channels where there are
// few of them.
std::vector<float> fit_values(std::span<const float> values, const LevelSamples& samples, const Grid& grid) {
  constexpr double kPull = 4;
  const std::size_t levels = samples.level_count;
  std::vector<Mean> by_channel(samples.layout.channels * levels);
  std::vector<Mean> all(levels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t level = samples.levels[i];
    by_channel[samples.channel_of(i % samples.elements) * levels + level].add(values[i]);
    all[level].add(values[i]);
  }
  std::vector<float> fitted;
  for (std::size_t i = 0; i < by_channel.size(); ++i) {
    const std::size_t level = i % levels;
    const double middle = (static_cast<double>(level) + 0.5 - grid.offset) / grid.scale;
    const double mean = all[level].count > 0 ? all[level].sum / all[level].count : middle;
    const double value = (by_channel[i].sum + kPull * mean) / (by_channel[i].count + kPull);
    constexpr double kMost = std::numeric_limits<float>::max();
    fitted.push_back(static_cast<float>(std::clamp(value, -kMost, kMost)));
  }
  return fitted;
}

KLevelTables fit_tables(std::span<const float> values, const Layout& layout, double step) {
  KLevelTables tables;
  tables.grid = fit_grid(values, step);
  const LevelSamples samples = quantized(values, layout, tables.grid);
  tables.zero_level = samples.zero_level;
  tables.channels = layout.channels;
  tables.values = fit_values(values, samples, tables.grid);
  tables.contexts = fit_contexts(samples);
  tables.ranks = fit_ranks(samples);
  tables.frequencies = fit_frequencies(samples, tables.contexts, tables.ranks);
  tables.mask_frequencies = fit_masks(samples, tables.contexts, tables.ranks, tables.frequencies);
  return tables;
}

}  // namespace

std::string fit_klevel(const base::TensorType& type, std::span<const float> samples, const KLevelSetting& setting) {
  check(type, samples, setting);
  const std::vector<float> some = picked(samples, base::element_count(type.shape));
  return describe(fit_tables(some.empty() ? samples : some, layout_of(type.shape), setting.step));
}

}  // namespace tandem::codec
