// Random weights, identical on every machine: an integer hash of a counter, an exact conversion to float, and one
// correctly rounded multiplication. Thread-safe. Private to zoo/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/tensor.h"

namespace tandem::zoo {

// The seed of one tensor of a network; independent of the order in which tensors are made.
std::uint64_t seed_of(std::uint64_t network_seed, std::string_view tensor);

// Uniform in [-1, 1).
double random_unit(std::uint64_t seed, std::uint64_t index);

struct FilterSum {
  double even = 0;  // of the filters 0, 2, 4, …
  double odd = 0;
};

// Float32 of the given shape, uniform around 0 with the given standard deviation. With `sum`, each slice along the
// first dimension (a filter) is then shifted to that sum.
base::Tensor random_filters(base::Shape shape, std::uint64_t seed, double standard_deviation,
                            std::optional<FilterSum> sum);

// Float32 [count], uniform in [center − spread, center + spread).
base::Tensor random_around(double center, double spread, std::int64_t count, std::uint64_t seed);

}  // namespace tandem::zoo
