// Average pooling that shrinks pictures for heads and probes; every pixel counts. Free of libtorch. Private to train/.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/builder.h"

namespace tandem::train {

// The attributes of an AveragePool, [height, width] each.
struct Averaging {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> size;  // of the result
};

// For [batch, channels, height, width]: the largest number of windows along each side, up to `side`, that have one size
// and cover the side. They overlap where the side is not divisible (7 to 2: windows of 4, 3 apart).
Averaging average_over(const base::Shape& shape, std::int64_t side);

// Adds it as a node called `name`; adds nothing where it would change nothing. Returns the resulting tensor.
std::string add_averaging(model::GraphBuilder& builder, const std::string& input, const Averaging& averaging,
                          const std::string& name);

}  // namespace tandem::train
