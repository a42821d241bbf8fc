// The range of every number in a profile (docs/formats.md, "Profile"), ends included, and its check. The store and the
// exchange both use these. Private to store/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace tandem::store {

struct Limits {
  double least = 0;
  double most = 0;
  bool contain(double value) const { return value >= least && value <= most; }
};

struct WholeLimits {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

inline constexpr Limits kMilliseconds{0, 1e9};
inline constexpr Limits kAmount{0, 1e18};  // bytes, operations
inline constexpr Limits kBandwidth{1e-6, 1e9};
inline constexpr Limits kPoints{-200, 200};  // the ends of intervals lie beyond 100
inline constexpr Limits kPercent{0, 100};
inline constexpr Limits kConfidence{0, 1};
inline constexpr Limits kTemperature{0, 1e6};  // 0 is refused apart
inline constexpr WholeLimits kUnixTime{0, 1LL << 40};
inline constexpr WholeLimits kElementCount{1, 1'000'000'000'000};
inline constexpr WholeLimits kSampleCount{1, 1'000'000'000};
inline constexpr WholeLimits kLayerCount{1, 1'000'000};
inline constexpr std::size_t kMostEntries = 1'000'000;  // of a list without a limit of its own
inline constexpr std::size_t kMostExits = 64;
inline constexpr std::size_t kMostExitSamples = 10'000'000;     // of all exits together
inline constexpr std::size_t kMostDescriptionBytes = 8u << 20;  // codec::kMostDescriptionBytes

// Throws Error(InvalidInput) with the place, the limits and the value.
inline void check(double value, const Limits& limits, const std::string& place) {
  const base::Json json = value;
  base::JsonView(json, place).number(limits.least, limits.most);
}

template <class Whole>
void check(Whole value, const WholeLimits& limits, const std::string& place) {
  const base::Json json = value;
  base::JsonView(json, place).integer(limits.least, limits.most);
}

// Of bytes: at least one.
void check_size(std::size_t bytes, std::size_t most_bytes, const std::string& place);

}  // namespace tandem::store
