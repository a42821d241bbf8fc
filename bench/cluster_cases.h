// Clusters of boards without an order, of PipeEdge's kind (Hu et al. 2022, "PipeEdge: Pipeline Parallelism for
// Large-Scale Model Inference on Heterogeneous Edge Devices"). Used by cluster_bench. Times are made up.
#pragma once

#include <cstddef>

#include "plan/problem/problem.h"

namespace tandem::bench {

// ViT-Large as PipeEdge cuts it: `layers` sublayers, four a transformer layer (96 in the original), which differ in
// work and in the bytes that they send. A source, and eight boards of three kinds (3, 3 and 2), whose speeds differ by
// kind of sublayer; each board has memory for about half of the model.
plan::Problem vision_transformer(std::size_t layers);

// The same with the boards in the order of the file: from each only later ones are reached.
plan::Problem in_order_of_file(plan::Problem cluster);

}  // namespace tandem::bench
