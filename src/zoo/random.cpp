#include "zoo/random.h"

#include <cmath>
#include <span>
#include <utility>

namespace tandem::zoo {
namespace {

constexpr std::uint64_t kGoldenGamma = 0x9e3779b97f4a7c15;

// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014): the output function of SplitMix64.
std::uint64_t mix(std::uint64_t state) {
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

constexpr double kUnit = 1.0 / (1 << 23);  // random_integer() × kUnit is uniform in [-1, 1)

// The top 24 bits, signed: what a float holds exactly.
float random_integer(std::uint64_t seed, std::uint64_t index) {
  const auto bits = static_cast<std::int64_t>(mix(seed + (index + 1) * kGoldenGamma));
  return static_cast<float>(static_cast<std::int32_t>(bits >> 40));
}

float mean_of(std::span<const float> integers) {
  std::int64_t sum = 0;
  for (float value : integers) sum += static_cast<std::int32_t>(value);
  const std::int64_t mean = sum / static_cast<std::int64_t>(integers.size());
  return static_cast<float>(mean);
}

}  // namespace

std::uint64_t seed_of(std::uint64_t network_seed, std::string_view tensor) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (unsigned char letter : tensor) hash = (hash ^ letter) * 0x100000001b3;
  return mix(hash + network_seed * kGoldenGamma);
}

double random_unit(std::uint64_t seed, std::uint64_t index) {
  return random_integer(seed, index) * kUnit;
}

base::Tensor random_filters(base::Shape shape, std::uint64_t seed, double standard_deviation,
                            std::optional<FilterSum> sum) {
  const auto filters = static_cast<std::size_t>(shape.at(0));
  auto tensor = base::Tensor::allocate({base::ElementType::Float32, std::move(shape)});
  const auto values = tensor.mutable_values<float>();
  const auto length = values.size() / filters;
  const double scale = standard_deviation * std::sqrt(3.0) * kUnit;
  for (std::size_t filter = 0; filter < filters; ++filter) {
    const auto slice = values.subspan(filter * length, length);
    for (std::size_t i = 0; i < length; ++i) slice[i] = random_integer(seed, filter * length + i);
    float shift = 0;
    if (sum) {
      const double wanted = (filter % 2 == 0 ? sum->even : sum->odd) / (scale * static_cast<double>(length));
      shift = static_cast<float>(wanted) - mean_of(slice);
    }
    for (float& value : slice) value = (value + shift) * static_cast<float>(scale);
  }
  return tensor;
}

base::Tensor random_around(double center, double spread, std::int64_t count, std::uint64_t seed) {
  auto tensor = base::Tensor::allocate({base::ElementType::Float32, {count}});
  const auto values = tensor.mutable_values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(center + spread * random_unit(seed, i));
  }
  return tensor;
}

}  // namespace tandem::zoo
