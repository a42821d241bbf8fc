// How much memory one input may make its reader ask for.
#pragma once

#include <cstddef>

namespace tandem::fuzz {

inline constexpr std::size_t kLargestAllocation = std::size_t{64} << 20;
inline constexpr std::size_t kLargestSum = std::size_t{512} << 20;

void reset_allocated_bytes();

}  // namespace tandem::fuzz
