#include "plan/solve/branching.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem::plan {
namespace {

// An active tensor that crosses a boundary under a node's assignment.
struct CrossingChoice {
  std::size_t index = 0;     // into Node::allowed
  std::uint32_t chosen = 0;  // bit of its encoding
};

std::vector<CrossingChoice> crossings_of(const Query& query, const Route& route, const Node& node) {
  const RouteCosts costs(query, route);
  std::vector<CrossingChoice> crossings;
  for (std::size_t id = 0; id < query.scenario.tensors.size(); ++id) {
    const std::size_t last = costs.last_reader(id, node.assignment.position);
    for (std::size_t boundary = costs.made_at(id, node.assignment.position); boundary < last; ++boundary) {
      const std::size_t index = id * costs.boundaries() + boundary;
      crossings.push_back({index, 1u << node.assignment.encoding[index]});
    }
  }
  return crossings;
}

// All encodings in which an active tensor may cross a boundary.
std::uint32_t full_mask(const Query& query, const Route& route, std::size_t id, std::size_t boundary) {
  const auto& encodings = query.encodings_of(query.scenario.tensors[id]);
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    if (can_send(*query.problem, encodings[i], route.links[boundary])) mask |= 1u << i;
  }
  return mask;
}

std::uint32_t mask_of(const Query& query, const Route& route, const Node& node, std::size_t index) {
  const std::size_t boundaries = route.length() - 1;
  return node.allowed.empty() ? full_mask(query, route, index / boundaries, index % boundaries) : node.allowed[index];
}

void allow(const Query& query, const Route& route, Node& node, std::size_t index, std::uint32_t mask) {
  if (node.allowed.empty()) {
    for (std::size_t id = 0; id < query.scenario.tensors.size(); ++id) {
      for (std::size_t boundary = 0; boundary + 1 < route.length(); ++boundary)
        node.allowed.push_back(full_mask(query, route, id, boundary));
    }
  }
  node.allowed[index] = mask;
}

double range_of_costs(const Layered& layered, std::size_t rank) {
  double least = kUnlimited;
  double most = 0;
  for (std::size_t position = layered.low[rank]; position <= layered.high[rank]; ++position) {
    const double cost = layered.node_cost[rank * layered.positions + position];
    if (cost == kUnlimited) continue;
    least = std::min(least, cost);
    most = std::max(most, cost);
  }
  return most - least;
}

// The block to branch on: the one whose position changes the cost most. Those that can fill an empty position first.
std::size_t choose_rank(const Query& query, const Route& route, const Node& node, std::size_t empty) {
  const RouteCosts costs(query, route);
  double constant = 0;
  const Layered layered = costs.layered(node.weights, node.low, node.high, node.allowed, constant);
  std::size_t best = kNone;
  std::pair<bool, double> most = {false, -1};
  for (std::size_t rank = 0; rank < layered.size(); ++rank) {
    if (layered.low[rank] == layered.high[rank]) continue;
    const bool could_fill = empty != kNone && layered.low[rank] <= empty && empty <= layered.high[rank];
    const std::pair<bool, double> here = {could_fill, range_of_costs(layered, rank)};
    if (here <= most) continue;
    most = here;
    best = rank;
  }
  return best;
}

// Blocks of the first phase that read no other block, or of the last phase that no other reads.
std::vector<std::size_t> ends_of(const Query& query, bool is_first) {
  const Scenario& scenario = query.scenario;
  std::vector<char> has_neighbour(scenario.size(), 0);
  for (const auto& tensor : scenario.tensors) {
    if (tensor.producer == kNone) continue;
    if (!is_first) has_neighbour[tensor.producer] = 1;
    for (const std::size_t reader : tensor.readers) has_neighbour[reader] |= is_first ? 1 : 0;
  }
  std::vector<std::size_t> ends;
  for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
    const std::size_t phase = scenario.phase[is_first ? 0 : scenario.size() - 1];
    if (!has_neighbour[rank] && scenario.phase[rank] == phase) ends.push_back(rank);
  }
  return ends;
}

// If any block runs at the first position, one does that reads no other; at the last, one that no other reads.
std::vector<Node> branches_that_fill(const Query& query, const Route& route, const Node& node, std::size_t empty) {
  const bool is_end = empty == 0 || empty + 1 == route.length();
  std::vector<std::size_t> ranks(query.scenario.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  if (is_end) ranks = ends_of(query, empty == 0);
  const auto place = static_cast<std::uint8_t>(empty);
  Node rest = node;
  std::vector<Node> children;
  for (const std::size_t rank : ranks) {
    if (rest.low[rank] > place || place > rest.high[rank]) continue;
    children.push_back(rest);
    children.back().low[rank] = children.back().high[rank] = place;
    if (is_end && empty == 0) rest.low[rank] = 1;
    if (is_end && empty > 0) rest.high[rank] = static_cast<std::uint8_t>(place - 1);
    if (rest.low[rank] > rest.high[rank]) break;
  }
  return children;
}

// Adds the nodes where `rank` runs before or after `here`.
void add_others(const Node& node, std::size_t rank, std::uint8_t here, std::vector<Node>& children) {
  if (here > node.low[rank]) {
    Node child = node;
    child.high[rank] = static_cast<std::uint8_t>(here - 1);
    children.push_back(std::move(child));
  }
  if (here < node.high[rank]) {
    Node child = node;
    child.low[rank] = static_cast<std::uint8_t>(here + 1);
    children.push_back(std::move(child));
  }
}

std::vector<Node> branches_by_encoding(const Query& query, const Route& route, const Node& node) {
  for (const auto& [index, chosen] : crossings_of(query, route, node)) {
    const std::uint32_t mask = mask_of(query, route, node, index);
    if (mask == chosen) continue;
    std::vector<Node> children(2, node);
    allow(query, route, children[0], index, chosen);
    allow(query, route, children[1], index, mask & ~chosen);
    return children;
  }
  return {};
}

}  // namespace

std::size_t empty_position(const Route& route, const Sums& sums) {
  if (route.needs_origin && !sums.is_used[0]) return 0;
  for (std::size_t position = sums.is_used.size(); --position > 0;) {  // the last one has the fewest branches
    if (route.runs[position] && !sums.is_used[position]) return position;
  }
  return kNone;
}

std::vector<Node> branches_of(const Query& query, const Route& route, const Node& node) {
  const std::size_t empty = empty_position(route, RouteCosts(query, route).sums(node.assignment));
  // Where quantities are limited, an empty position is often no more than the extreme of a mixture.
  const bool is_mixture = query.has_limits() || query.minimises_period;
  if (empty != kNone && !is_mixture) return branches_that_fill(query, route, node, empty);
  const std::size_t rank = choose_rank(query, route, node, empty);
  if (rank == kNone) return branches_by_encoding(query, route, node);
  const std::uint8_t here = node.assignment.position[rank];
  std::vector<Node> children = {node};
  children[0].low[rank] = children[0].high[rank] = here;
  add_others(node, rank, here, children);
  return children;
}

std::vector<Node> rest_of(const Query& query, const Route& route, const Node& node) {
  std::vector<Node> children;
  Node rest = node;
  for (std::size_t rank = 0; rank < node.low.size(); ++rank) {
    if (node.low[rank] == node.high[rank]) continue;
    const std::uint8_t here = node.assignment.position[rank];
    add_others(rest, rank, here, children);
    rest.low[rank] = rest.high[rank] = here;
  }
  for (const auto& [index, chosen] : crossings_of(query, route, node)) {
    const std::uint32_t others = mask_of(query, route, node, index) & ~chosen;
    if (others != 0) {
      children.push_back(rest);
      allow(query, route, children.back(), index, others);
    }
    allow(query, route, rest, index, chosen);
  }
  return children;
}

}  // namespace tandem::plan
