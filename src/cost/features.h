// The quantities that explain a kernel's time, as plain numbers that can be kept without the model: the terms of
// regression.h are made of them. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/graph.h"

namespace tandem::cost {

struct Features {
  std::string op_type;              // of the layer that does most of the work: "Conv", "MaxPool", …; empty: no layers
  double multiply_accumulates = 0;  // of all layers together
  double input_bytes = 0;           // read from outside the group
  double output_bytes = 0;          // read outside the group, or answers
  double weight_bytes = 0;

  // Of the main layer, where it has a window (convolution, pooling); 0 elsewhere.
  double kernel_elements = 0;  // height × width of the window
  double stride = 0;           // along the width
  double groups = 0;
  double input_maps = 0;  // channels
  double filters = 0;     // output channels
  double output_elements = 0;
  double im2col_bytes = 0;  // of the unfolded input: output positions × window × input maps × bytes of an element

  bool operator==(const Features&) const = default;
};

// The features of layers that run as one kernel. Ascending indices; without layers, all are zero.
Features features_of(const model::Graph& graph, const std::vector<std::size_t>& layers);

}  // namespace tandem::cost
