// A graph of operators whose groups are merged into blocks, in an order in which they can run: for importers of graphs.
// Private to plan/import/.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace tandem::plan {

// Merges the nodes of each group, and then all nodes on cycles between merged ones: they too must run in one place, if
// each place is to run without interruption. `edges` lead from a node to another. Returns, by block in the order of
// running, its nodes, ascending; of several blocks that can run next, the one with the lowest node.
std::vector<std::vector<std::size_t>> merge_groups(const std::vector<std::size_t>& group_of_node,
                                                   const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace tandem::plan
