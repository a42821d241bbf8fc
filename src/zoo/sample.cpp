#include "zoo/sample.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "zoo/random.h"

namespace tandem::zoo {

Sample Sample::normal(double mean, double variance, std::uint64_t seed) {
  // The sum of four uniform numbers is nearly normal; it is then scaled to exactly the moments asked for.
  Sample bell;
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t part = 0; part < 4; ++part) bell.values_[i] += random_unit(seed, 4 * i + part);
  }
  const double scale = std::sqrt(variance / bell.variance());
  return bell.affine(scale, mean - scale * bell.mean());
}

double Sample::mean() const {
  double sum = 0;
  for (double value : values_) sum += value;
  return sum / kSize;
}

double Sample::second_moment() const {
  double sum = 0;
  for (double value : values_) sum += value * value;
  return sum / kSize;
}

double Sample::variance() const {
  const double center = mean();
  return second_moment() - center * center;
}

template <class Function>
Sample Sample::map(Function f) const {
  Sample result;
  std::ranges::transform(values_, result.values_.begin(), f);
  return result;
}

Sample Sample::relu() const {
  return map([](double x) { return std::max(x, 0.0); });
}

Sample Sample::relu6() const {
  return map([](double x) { return std::clamp(x, 0.0, 6.0); });
}

Sample Sample::tanh() const {
  // Lambert's continued fraction, cut early and bounded: within 0.03 of tanh.
  return map([](double x) {
    const double bounded = std::clamp(x, -3.0, 3.0);
    return bounded * (27 + bounded * bounded) / (27 + 9 * bounded * bounded);
  });
}

Sample Sample::affine(double scale, double shift) const {
  return map([&](double x) { return scale * x + shift; });
}

Sample Sample::max_pool(std::int64_t elements) const {
  if (elements == 1) return *this;
  const std::size_t different = elements <= 4 ? 2 : 3;
  Sample result = *this;
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t other = 1; other < different; ++other) {
      result.values_[i] = std::max(result.values_[i], values_[(i + other * kSize / different) % kSize]);
    }
  }
  return result;
}

Sample Sample::average_pool(std::int64_t elements) const {
  if (elements == 1) return *this;
  const double kept_variance = elements <= 4 ? 0.75 : elements <= 9 ? 0.6 : 0.09;
  const double scale = std::sqrt(kept_variance);
  return affine(scale, (1 - scale) * mean());
}

Sample Sample::operator+(const Sample& other) const {
  Sample sum;
  std::ranges::transform(values_, other.values_, sum.values_.begin(), std::plus());
  return sum;
}

Sample side_by_side(std::span<const ChannelSample> parts) {
  std::int64_t channels = 0;
  for (const auto& part : parts) channels += part.channels;
  Sample result;
  for (std::size_t i = 0; i < Sample::kSize; ++i) {
    // A channel drawn for each element; the seed differs between concatenations of concatenations.
    const double draw = (random_unit(static_cast<std::uint64_t>(channels), i) + 1) / 2;
    auto channel = static_cast<std::int64_t>(draw * static_cast<double>(channels));
    auto part = parts.begin();
    while (channel >= part->channels) channel -= (part++)->channels;
    result.values_[i] = part->sample.values_[i];
  }
  return result;
}

}  // namespace tandem::zoo
