// Private to data/: which samples go into which part. Pure, and the same on every machine and standard library.
#pragma once

#include <cstddef>
#include <vector>

#include "data/dataset.h"

namespace tandem::data {

// Places among what the files give to train on (the first two) and to test with, ascending. The calibration part takes
// its share, rounded, but at least one sample and never all; the limit then takes some of each part at random.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> calibration;
  std::vector<std::size_t> test;
};

// train_count is at least 2.
Split split(std::size_t train_count, std::size_t test_count, const ReadOptions& options);

}  // namespace tandem::data
