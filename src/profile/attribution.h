// Assigns the kernels that an engine ran to layers of the model. An engine fuses layers into kernels; the tensors that
// a kernel reads and makes lead back, or else its name: a layer's or tensor's, with additions. Pure. Private to
// profile/ and to tests/.
#pragma once

#include <vector>

#include "cost/costs.h"
#include "model/graph.h"
#include "rpc/messages.h"

namespace tandem::profile {

// In order of execution. A kernel belongs to the layers between the tensors that it reads and those that it makes.
// Where these are not known, it belongs to the layer that its name leads to, and to the layers before it that nothing
// else computes (a convolution before the batch norm that names the kernel). Layers without a kernel belong to the one
// before them. Several kernels of one layer are one entry, as are changes of layout and the kernel that they are made
// for; one that leads to no layer has no layers.
std::vector<cost::Kernel> attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels);

}  // namespace tandem::profile
