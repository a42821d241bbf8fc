// For train's own sources: pictures made smaller without leaving anything out, as heads and probes see them. Free of
// libtorch. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/builder.h"

namespace tandem::train {

// An AveragePool: [height, width] each.
struct Averaging {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> size;  // of what is left
};

// Of [batch, channels, height, width]: as many windows along each side as there may be, at most `side`, all of one
// size, that cover it together; they overlap where it cannot be divided (7 to 2: windows of 4, 3 apart).
Averaging average_over(const base::Shape& shape, std::int64_t side);

// Adds it as a node called `name`, unless it leaves everything as it is. Returns the tensor.
std::string add_averaging(model::GraphBuilder& builder, const std::string& input, const Averaging& averaging,
                          const std::string& name);

}  // namespace tandem::train
