#include "base/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tandem::base {

double quantile(std::vector<double> samples, double q) {
  if (samples.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(samples);
  const double rank = q * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (rank - static_cast<double>(below)) * (samples[above] - samples[below]);
}

double median(std::vector<double> samples) {
  return quantile(std::move(samples), 0.5);
}

double interquartile_mean(std::vector<double> samples) {
  std::ranges::sort(samples);
  const auto cut = static_cast<std::ptrdiff_t>(samples.size() / 4);
  const auto count = static_cast<double>(samples.size()) - 2.0 * static_cast<double>(cut);
  return std::accumulate(samples.begin() + cut, samples.end() - cut, 0.0) / count;
}

Interval median_interval(std::vector<double> samples) {
  if (samples.empty()) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  std::ranges::sort(samples);
  const double n = static_cast<double>(samples.size());
  const double half_width = 0.98 * std::sqrt(n);
  const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(n / 2 - half_width)));
  const auto high = static_cast<std::size_t>(std::min(n - 1, std::ceil(n / 2 + half_width)));
  return {samples[low], samples[high]};
}

}  // namespace tandem::base
