// From the kernels that an engine ran back to the layers of the model. An engine fuses layers into kernels and names a
// kernel by a layer or tensor of what it fused, so names lead back. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/graph.h"
#include "rpc/messages.h"

namespace tandem::profile {

struct Attribution {
  std::vector<double> layer_ms;   // a kernel's whole time stands at the first of its layers
  std::vector<bool> ends_kernel;  // no kernel computes layers on both sides of the cut after this layer
  double unattributed_ms = 0;     // kernels that belong to no layer, such as changes of layout
};

// A kernel belongs to the layer that its name leads to, to the layers before it that nothing else computes (a
// convolution before the batch norm that names the kernel), and to the element-wise layers after it that have no kernel
// of their own.
Attribution attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels);

}  // namespace tandem::profile
