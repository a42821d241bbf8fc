// Bounds of a node of the search over cuts: its best assignment under given weights. Private to plan/solve/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/solve/assignment.h"
#include "plan/solve/branching.h"

namespace tandem::plan {

// A lower bound of a layered problem without a cut.
double plain_bound(const Layered& layered);

// The best of a node under some weights, and the ranges that the node may be narrowed to.
struct Relaxed {
  Assignment assignment;
  Sums sums;
  double value = 0;  // of the weighted sum: no plan of the node has less
  std::vector<std::uint8_t> low, high;
};

// Solves the relaxation of a node by one minimum cut. Nothing: the node has no plan, whatever its cost. Uses up
// node.first, if it is set: that is its layered problem under the first weights.
std::optional<Relaxed> relax(const RouteCosts& costs, Node& node, const Weights& weights);

}  // namespace tandem::plan
