// How much memory one input may make its reader ask for; the build may set less (add_fuzz).
#pragma once

#include <cstddef>

namespace tandem::fuzz {

inline constexpr std::size_t kLargestAllocation = std::size_t{TANDEM_FUZZ_ALLOCATION_MB} << 20;
inline constexpr std::size_t kLargestSum = std::size_t{TANDEM_FUZZ_SUM_MB} << 20;

void reset_allocated_bytes();

}  // namespace tandem::fuzz
