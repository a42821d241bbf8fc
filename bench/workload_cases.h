// Workloads of the form of Tarnawski et al. 2020, "Efficient Algorithms for Device Placement of DNN Graph Operators"
// (github.com/msr-fiddle/dnn-partitioning), made up: their graphs, times like theirs with noise, up to six accelerators
// of one kind and a CPU, 16 GB each. Used by workload_bench and its baseline.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/graph.h"
#include "plan/problem/problem.h"

namespace tandem::bench {

// A problem for throughput. The CPU is the first target, then one accelerator a tier. Links take no time; a tensor
// costs each accelerator that sends or gets it the time to move it, and the CPU nothing. A tensor that passes
// through a machine costs it that time twice; theirs goes past, through the memory of the host, as with a bypass.
struct WorkloadCase {
  std::string name;
  plan::Problem problem;
};

// Ten kinds, BERT's operators with a mask as wide as the scores that it masks, and BERT's operators on four
// accelerators of little memory. `network`: the graph of a network of the zoo.
std::vector<WorkloadCase> workload_cases(const std::function<const model::Graph&(const std::string&)>& network,
                                         unsigned seed = 1);

}  // namespace tandem::bench
