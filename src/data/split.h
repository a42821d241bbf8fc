// The split of samples into parts. Pure, and the same on every machine and standard library. Private to data/.
#pragma once

#include <cstddef>
#include <vector>

#include "data/dataset.h"

namespace tandem::data {

// Places among the training samples of the files (the first two) and among their test samples, ascending. The
// calibration part gets its share, rounded, but at least one sample and never all. The limit then keeps some of each
// part at random.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> calibration;
  std::vector<std::size_t> test;
};

// train_count is at least 2.
Split split(std::size_t train_count, std::size_t test_count, const ReadOptions& options);

}  // namespace tandem::data
