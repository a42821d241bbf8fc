#include "codec/finite.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "codec/simd.h"

namespace tandem::codec {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::int32_t kMagnitude = 0x7fffffff;
constexpr std::int32_t kInfinity = 0x7f800000;  // NaN and infinity have this magnitude or a greater one

[[gnu::always_inline]] inline std::int32_t magnitude_at(const float* values, std::size_t i) {
  std::int32_t bits = 0;
  std::memcpy(&bits, values + i, sizeof(bits));
  return bits & kMagnitude;
}

}  // namespace

// The greatest magnitude as an integer, in lanes, which compilers turn into vectors.
bool are_finite(std::span<const float> values) {
  std::array<std::int32_t, kLanes> most{};
  const float* const first = values.data();
  const std::size_t count = values.size();
  run_fast([&]() __attribute__((always_inline)) {
    std::array<std::int32_t, kLanes> greatest{};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::int32_t magnitude = magnitude_at(first, i + lane);
        greatest[lane] = magnitude > greatest[lane] ? magnitude : greatest[lane];
      }
    }
    for (; i < count; ++i) greatest[i % kLanes] = std::max(greatest[i % kLanes], magnitude_at(first, i));
    most = greatest;
  });
  return *std::ranges::max_element(most) < kInfinity;
}

}  // namespace tandem::codec
