// The windows of convolutions and pools, which slide over [batch, channel, size, …]. Private to train/.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/node.h"

namespace tandem::train {

enum class AutoPad { NotSet, Valid, SameUpper, SameLower };

// Each list has a number for each spatial dimension. Strides and dilations may have a single number for all, as in
// libtorch.
struct Window {
  std::vector<std::int64_t> kernel;  // empty for a convolution without this attribute: its weights have the size
  std::vector<std::int64_t> strides{1};
  std::vector<std::int64_t> dilations{1};
  std::vector<std::int64_t> pads;  // before each dimension, then after each; empty: none
  AutoPad auto_pad = AutoPad::NotSet;
};

// Throws Error(InvalidInput) on lists of different lengths, numbers that are not positive, and negative pads.
Window read_window(const model::Node& node);

struct Edges {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  bool are_alike() const { return before == after; }
};

std::int64_t at_dimension(const std::vector<std::int64_t>& list, std::size_t dimension);

// The padding around x for a window of `kernel`. Throws Error(InvalidInput) when x has another number of dimensions
// than the window.
Edges edges_of(const Window& window, const at::Tensor& x, at::IntArrayRef kernel);
at::Tensor pad_edges(const at::Tensor& x, const Edges& edges, double value);

}  // namespace tandem::train
