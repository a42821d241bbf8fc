// Nodes of the search over cuts, and how one is split. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "plan/solve/assignment.h"
#include "plan/solve/layered.h"
#include "plan/solve/multipliers.h"
#include "plan/solve/query.h"
#include "plan/solve/routes.h"

namespace tandem::plan {

// The plans of one route whose ranks lie at positions from `low` to `high` and whose tensors cross as `allowed`.
struct Node {
  std::size_t route = 0;
  std::shared_ptr<Layered> first;       // until the node is evaluated: its layered problem under its first weights
  double first_constant = 0;            // to be added to the cost of `first`
  std::vector<std::uint8_t> low, high;  // by rank
  std::vector<std::uint32_t> allowed;   // masks of encodings, by active tensor and boundary; empty: all
  Weights weights;
  double bound = 0;
  bool is_evaluated = false;
  bool is_exact = false;  // its assignment costs no more than the bound
  Assignment assignment;  // the best of the relaxation
};

// A position where blocks must run and the sums have none; kNone: there is none.
std::size_t empty_position(const Route& route, const Sums& sums);

// Splits a node: by the blocks that can fill an empty position, else by the position of a block, else by the encoding
// of a tensor that crosses. Empty: nothing to split.
std::vector<Node> branches_of(const Query& query, const Route& route, const Node& node);

// The plans of a node but its assignment, split by the first block, then the first encoding, that differs (Lawler 1972,
// "A procedure for computing the K best solutions").
std::vector<Node> rest_of(const Query& query, const Route& route, const Node& node);

}  // namespace tandem::plan
