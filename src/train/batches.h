// Which samples are trained on together, in which order, and what is done to their pictures before: all of it from
// (seed, epoch), so that a training can be repeated, and gone on with at any epoch. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "base/tensor.h"

namespace tandem::train {

using Random = std::mt19937_64;
using Indices = std::vector<std::size_t>;

// What an epoch (or, before all epochs, an exit that is added) draws numbers for: each has a sequence of its own.
enum class Purpose : std::uint32_t { Order, Augmentation, Dropout, Heads };
Random random_of(std::uint64_t seed, int epoch, Purpose purpose);

// All of [0, count) once, in random order, in as few batches of at most `size` as it takes; these are as large as each
// other, give or take one, so that none is too small for a batch norm.
std::vector<Indices> shuffled_batches(std::size_t count, std::size_t size, Random& random);
// [0, count) as it is, in batches of `size` and a last one of what is left.
std::vector<Indices> batches_in_order(std::size_t count, std::size_t size);

struct Augmentation {
  bool flip = false;  // left and right, of every second picture
  int crop = 0;       // rows and columns that a picture is moved by, each in [-crop, crop]; zeros move in
};

// `pictures` is [count, channels, height, width], uint8. All channels of a picture move together.
base::Tensor augmented(const base::Tensor& pictures, const Augmentation& augmentation, Random& random);

}  // namespace tandem::train
