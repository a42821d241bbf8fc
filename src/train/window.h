// For train's own sources: the windows that convolutions and pools slide over [batch, channel, size, …].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/node.h"

namespace tandem::train {

enum class AutoPad { NotSet, Valid, SameUpper, SameLower };

// Lists have one number for each spatial dimension; strides and dilations may have a single one for all, as libtorch
// allows.
struct Window {
  std::vector<std::int64_t> kernel;  // empty for a convolution that leaves it to its weights
  std::vector<std::int64_t> strides{1};
  std::vector<std::int64_t> dilations{1};
  std::vector<std::int64_t> pads;  // those before each dimension, then those after; empty: none
  AutoPad auto_pad = AutoPad::NotSet;
};

// Throws Error(InvalidInput) on lists of different lengths, on numbers that are not positive and on negative pads.
Window read_window(const model::Node& node);

struct Edges {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  bool are_alike() const { return before == after; }
};

std::int64_t at_dimension(const std::vector<std::int64_t>& list, std::size_t dimension);

// What is added around x before a window of `kernel` slides over it. Throws Error(InvalidInput) when x has another
// number of dimensions than the window.
Edges edges_of(const Window& window, const at::Tensor& x, at::IntArrayRef kernel);
at::Tensor pad_edges(const at::Tensor& x, const Edges& edges, double value);

}  // namespace tandem::train
