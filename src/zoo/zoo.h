// Reference architectures with seeded random weights: the networks on which papers about splitting compare. They cost
// as much as trained networks, and their activations are as healthy; their predictions are meaningless. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/part.h"

namespace tandem::zoo {

struct ArchitectureInfo {
  std::string name;             // lower case; the argument of build()
  std::int64_t parameters = 0;  // as Keras counts them: batch norms' statistics included
  base::TensorType input;       // [1, channel, height, width], float32
};

std::vector<ArchitectureInfo> list();

struct Options {
  std::uint64_t seed = 1;
  std::int64_t classes = 0;  // 0: as published
  bool byte_input = false;   // uint8 pixels in place of float32: a quarter of the bytes on a link
};

// The same weights on every machine. The input is called "input", with values around [-1, 1]. The answer is a softmax
// called "predictions", unless the architecture has exits. Throws Error(NotFound), listing the known names, or
// Error(InvalidInput) on a class count outside [0, 1,000,000].
model::Part build(const std::string& name, const Options& options = {});

}  // namespace tandem::zoo
