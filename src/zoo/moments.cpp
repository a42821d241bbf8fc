#include "zoo/moments.h"

#include <algorithm>
#include <cmath>

namespace tandem::zoo {
namespace {

// The moments of f(x) for normally distributed x, by the trapezoidal rule on a grid of ±4 standard deviations in steps
// of 1/4. The density at step i is q^(i²), q = exp(−1/32), reached by multiplication alone.
template <class Function>
Moments after(Moments input, Function f) {
  constexpr double kSquaredRatio = 0.93941306281347580;  // q²
  const double deviation = std::sqrt(input.variance);
  double density = 1;
  double ratio = 0.96923323447634410;  // q^(2i + 1)
  double total = 0, first = 0, second = 0;
  for (int i = 0; i <= 16; ++i) {
    for (double sign : {-1.0, 1.0}) {
      const double value = f(input.mean + sign * 0.25 * i * deviation);
      const double share = i == 0 ? 0.5 : density;
      total += share;
      first += share * value;
      second += share * value * value;
    }
    density *= ratio;
    ratio *= kSquaredRatio;
  }
  const double mean = first / total;
  return {mean, second / total - mean * mean};
}

}  // namespace

Moments after_relu(Moments input) {
  return after(input, [](double x) { return std::max(x, 0.0); });
}

Moments after_relu6(Moments input) {
  return after(input, [](double x) { return std::clamp(x, 0.0, 6.0); });
}

Moments after_tanh(Moments input) {
  // Lambert's continued fraction, cut after x²/5 and bounded: within 0.03 of tanh.
  return after(input, [](double x) {
    const double bounded = std::clamp(x, -3.0, 3.0);
    return bounded * (27 + bounded * bounded) / (27 + 9 * bounded * bounded);
  });
}

Moments after_max_pool(Moments input, std::int64_t elements) {
  if (elements == 1) return input;
  const double shift = elements <= 4 ? 0.45 : 0.65;
  return {input.mean + shift * std::sqrt(input.variance), input.variance};
}

Moments after_average_pool(Moments input, std::int64_t elements) {
  if (elements == 1) return input;
  const double left = elements <= 4 ? 0.75 : elements <= 9 ? 0.6 : 0.4;
  return {input.mean, input.variance * left};
}

Moments sum_of(Moments left, Moments right) {
  return {left.mean + right.mean, left.variance + right.variance};
}

Moments scaled(Moments input, double factor) {
  return {input.mean * factor, input.variance * factor * factor};
}

Moments mixture_of(std::span<const WeightedMoments> parts) {
  double total = 0, first = 0, second = 0;
  for (const auto& part : parts) {
    const auto share = static_cast<double>(part.count);
    total += share;
    first += share * part.moments.mean;
    second += share * part.moments.second_moment();
  }
  const double mean = first / total;
  return {mean, second / total - mean * mean};
}

}  // namespace tandem::zoo
