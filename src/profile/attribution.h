// Assigns the kernels that an engine ran to layers of the model. An engine fuses layers into kernels and names a kernel
// after one of their layers or tensors, so names lead back. Pure. Private to profile/.
#pragma once

#include <vector>

#include "cost/costs.h"
#include "model/graph.h"
#include "rpc/messages.h"

namespace tandem::profile {

// In order of execution. A kernel belongs to the layer that its name leads to, to the layers before it that nothing
// else computes (a convolution before the batch norm that names the kernel), and to the element-wise layers after it
// that have no kernel of their own. Several kernels of one layer are one entry; one that leads to no layer, such as a
// change of layout, has no layers.
std::vector<cost::Kernel> attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels);

}  // namespace tandem::profile
