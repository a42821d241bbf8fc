#include "plan/solve/relaxation.h"

#include <algorithm>
#include <utility>

#include "plan/solve/lay.h"
#include "plan/solve/narrow.h"

namespace tandem::plan {
namespace {

// Whether every node reads something.
bool all_read(const Layered& layered) {
  std::vector<char> reads(layered.size(), 0);
  for (const auto& wire : layered.wires) {
    for (const std::size_t reader : wire.readers) reads[reader] = 1;
  }
  return std::ranges::all_of(reads, [](char each) { return each != 0; });
}

// Whether each position after the first is a relay or may still run a block.
bool can_be_used(const Layered& layered) {
  for (std::size_t position = 1; position < layered.positions; ++position) {
    bool is_possible = false;
    bool is_relay = true;
    for (std::size_t node = 0; node < layered.size() && !is_possible; ++node) {
      const bool may_lie = layered.node_cost[node * layered.positions + position] != kUnlimited;
      is_relay = is_relay && !may_lie;
      is_possible = may_lie && layered.low[node] <= position && position <= layered.high[node];
    }
    if (!is_possible && !is_relay) return false;
  }
  return true;
}

}  // namespace

// Every node at its cheapest position. Every boundary is crossed, since the route ends where a block runs: by the
// cheapest wire, unless some node reads nothing.
double plain_bound(const Layered& layered) {
  double sum = 0;
  for (std::size_t node = 0; node < layered.size(); ++node) {
    const double* costs = layered.node_cost.data() + node * layered.positions;
    sum += *std::min_element(costs + layered.low[node], costs + layered.high[node] + 1);
  }
  const bool needs_wires = all_read(layered);
  for (std::size_t boundary = 0; boundary < layered.boundaries(); ++boundary) {
    sum += layered.boundary_cost[(boundary + 1) * layered.phases - 1];
    double least = kUnlimited;
    for (std::size_t wire = 0; wire < layered.wires.size() && needs_wires; ++wire)
      least = std::min(least, layered.wire_at(wire, boundary, layered.phases - 1));
    if (needs_wires) sum += least;
  }
  return sum;
}

std::optional<Relaxed> relax(const RouteCosts& costs, Node& node, const Weights& weights) {
  double constant = node.first_constant;
  Layered layered =
      node.first ? std::move(*node.first) : costs.layered(weights, node.low, node.high, node.allowed, constant);
  node.first = nullptr;
  if (!narrow(layered) || !can_be_used(layered)) return std::nullopt;
  Relaxed relaxed;
  relaxed.assignment.position = lay_contracted(layered);
  costs.choose_encodings(weights, node.allowed, relaxed.assignment);
  relaxed.sums = costs.sums(relaxed.assignment);
  relaxed.value = cost_of(layered, relaxed.assignment.position) + constant;
  relaxed.low = std::move(layered.low);
  relaxed.high = std::move(layered.high);
  return relaxed;
}

}  // namespace tandem::plan
