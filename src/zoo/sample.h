// Typical elements of a tensor, propagated through the layers without running them: their statistics give weights and
// batch-norm statistics that keep activations healthy. Outputs of weights are modelled as normal and independent. Uses
// no transcendental function of the C library, so results are identical on every machine. Private to zoo/.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tandem::zoo {

struct ChannelSample;

class Sample {
 public:
  static constexpr std::size_t kSize = 1024;

  Sample() = default;  // all zero
  static Sample normal(double mean, double variance, std::uint64_t seed);

  double mean() const;
  double variance() const;
  double second_moment() const;

  Sample relu() const;
  Sample relu6() const;
  Sample tanh() const;
  Sample affine(double scale, double shift) const;  // scale × x + shift

  // Over windows of `elements` elements. Neighbours in feature maps of images are correlated; the effective number of
  // independent ones was fitted to the zoo's networks, run on images.
  Sample max_pool(std::int64_t elements) const;
  Sample average_pool(std::int64_t elements) const;

  Sample operator+(const Sample& other) const;

 private:
  template <class Function>
  Sample map(Function f) const;
  friend Sample side_by_side(std::span<const ChannelSample> parts);

  std::array<double, kSize> values_{};
};

struct ChannelSample {
  Sample sample;
  std::int64_t channels = 0;
};
Sample side_by_side(std::span<const ChannelSample> parts);  // as in a concatenation along the channels

}  // namespace tandem::zoo
