// Mean and variance of a tensor's elements, followed through the layers without running them, so that weights and
// batch-norm statistics can be chosen to keep activations healthy. Approximate: elements count as normally distributed
// and as independent between layers. Uses no transcendental function of the C library, so that every machine finds the
// same numbers. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace tandem::zoo {

struct Moments {
  double mean = 0;
  double variance = 1;

  double second_moment() const { return variance + mean * mean; }
};

Moments after_relu(Moments input);
Moments after_relu6(Moments input);
Moments after_tanh(Moments input);

// Of neighbouring elements in a window of `elements`, which in images and feature maps resemble each other: the factors
// were fitted to networks of the zoo on photographs.
Moments after_max_pool(Moments input, std::int64_t elements);
Moments after_average_pool(Moments input, std::int64_t elements);

Moments sum_of(Moments left, Moments right);  // element by element, uncorrelated
Moments scaled(Moments input, double factor);

struct WeightedMoments {
  Moments moments;
  std::int64_t count = 0;  // of elements
};
Moments mixture_of(std::span<const WeightedMoments> parts);  // side by side, as in a concatenation

}  // namespace tandem::zoo
