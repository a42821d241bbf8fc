#include "train/averaging.h"

#include <algorithm>

namespace tandem::train {

Averaging average_over(const base::Shape& shape, std::int64_t side) {
  Averaging averaging;
  for (const std::int64_t length : {shape.at(2), shape.at(3)}) {
    const std::int64_t count = std::min(length, side);
    const std::int64_t stride = length / count;
    averaging.kernel.push_back(length - (count - 1) * stride);
    averaging.strides.push_back(stride);
    averaging.size.push_back(count);
  }
  return averaging;
}

std::string add_averaging(model::GraphBuilder& builder, const std::string& input, const Averaging& averaging,
                          const std::string& name) {
  const std::vector<std::int64_t> ones{1, 1};
  if (averaging.kernel == ones && averaging.strides == ones) return input;
  return builder.node("AveragePool", {input}, {{"kernel_shape", averaging.kernel}, {"strides", averaging.strides}},
                      name);
}

}  // namespace tandem::train
