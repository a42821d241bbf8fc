// Typical elements of a tensor, followed through the layers without running them, so that weights and batch-norm
// statistics can be chosen to keep activations healthy. What weights make is taken as normally distributed and
// independent of all else. Uses no transcendental function of the C library, so every machine finds the same numbers.
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

  // Over windows of so many elements. Neighbours in feature maps of images resemble each other: how many of them count
  // as different was fitted to the networks of the zoo, run on images.
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
