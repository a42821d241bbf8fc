// Random weights that are the same on every machine: an integer hash of a counter, an exact conversion to float, and
// one correctly rounded multiplication. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/tensor.h"

namespace tandem::zoo {

// The seed of one tensor of a network, so that the order in which tensors are made does not matter.
std::uint64_t seed_of(std::uint64_t network_seed, std::string_view tensor);

enum class FilterSum { Free, Zero };

// Float32 of the given shape, uniform around 0 with the given standard deviation. With FilterSum::Zero each slice along
// the first dimension has its mean taken away, so that what all its inputs share does not drown their differences.
base::Tensor random_filters(base::Shape shape, std::uint64_t seed, double standard_deviation, FilterSum sum);

// Float32 [count], uniform in [center − spread, center + spread).
base::Tensor random_around(double center, double spread, std::int64_t count, std::uint64_t seed);

}  // namespace tandem::zoo
