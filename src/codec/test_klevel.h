// Made-up features, and codecs fitted to them, for tests.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "codec/klevel_fit.h"

namespace tandem::codec {

// Smooth noise after a ReLU: blobs of positive values among zeros, in channels that are more or less active. Made with
// +, × and comparisons only, so the same on every machine.
inline std::vector<float> sparse_features(std::size_t channels, std::size_t height, std::size_t width,
                                          std::size_t samples, unsigned seed = 1) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<float>(random() >> 8) / static_cast<float>(1u << 24); };
  std::vector<float> values;
  for (std::size_t plane = 0; plane < channels * samples; ++plane) {
    const float bias = 0.4f + 0.5f * static_cast<float>(plane % channels) / static_cast<float>(channels);
    std::vector<float> above(width, 0.5f);
    for (std::size_t y = 0; y < height; ++y) {
      float left = above[0];
      for (std::size_t x = 0; x < width; ++x) {
        left = above[x] = 0.4f * left + 0.3f * above[x] + 0.3f * uniform();
        values.push_back(left > bias * 0.7f ? 4 * (left - bias * 0.7f) : 0);
      }
    }
  }
  return values;
}

// For float32 [1, channels, height, width]. A larger step gives fewer levels.
inline std::string sample_klevel_description(double step = 1, const base::Shape& shape = {1, 6, 5, 7}) {
  constexpr std::size_t kFittedElements = 400'000;
  const base::TensorType type{base::ElementType::Float32, shape};
  const std::size_t samples = std::clamp<std::size_t>(kFittedElements / base::element_count(shape), 2, 40);
  const auto values = sparse_features(static_cast<std::size_t>(shape[1]), static_cast<std::size_t>(shape[2]),
                                      static_cast<std::size_t>(shape[3]), samples);
  return fit_klevel(type, values, {step});
}

}  // namespace tandem::codec
