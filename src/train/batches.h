// Batches of samples, their order, and the augmentation of pictures, all determined by (seed, epoch): a training can be
// repeated, and resumed at any epoch. Private to train/. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "base/tensor.h"

namespace tandem::train {

using Random = std::mt19937_64;
using Indices = std::vector<std::size_t>;

// The uses of random numbers in an epoch (Heads: before all epochs). Each has a sequence of its own.
enum class Purpose : std::uint32_t { Order, Augmentation, Dropout, Heads };
Random random_of(std::uint64_t seed, int epoch, Purpose purpose);

// A random permutation of [0, count) in the fewest batches of at most `size`. Batch sizes differ by at most one, so
// that no batch is too small for a batch norm.
std::vector<Indices> shuffled_batches(std::size_t count, std::size_t size, Random& random);
// [0, count) in order, in batches of `size`; the last one may be smaller.
std::vector<Indices> batches_in_order(std::size_t count, std::size_t size);

struct Augmentation {
  bool flip = false;  // mirrors half of the pictures, left to right
  int crop = 0;       // shifts each picture by up to this many rows and columns, filling with zeros
};

// `pictures` is [count, channels, height, width], uint8. All channels of a picture move together.
base::Tensor augmented(const base::Tensor& pictures, const Augmentation& augmentation, Random& random);

}  // namespace tandem::train
