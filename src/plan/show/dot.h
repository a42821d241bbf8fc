// A plan as a graph for Graphviz. Pure.
#pragma once

#include <string>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// A cluster for each stage, blocks as nodes, tensors that cross a link as bold edges with their bytes and codec.
std::string to_dot(const Problem& problem, const Plan& plan);

}  // namespace tandem::plan
