// A layered problem: a graph whose nodes get positions in a row, with costs. The relaxations of the search over cuts
// are such problems; narrow.h, contract.h and lay.h work on them. Private to plan/solve/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// A position never decreases along a wire. Boundary b lies between positions b and b + 1. Nodes of a phase lie at or
// after all nodes of earlier phases; a crossing of a boundary is charged at the earliest phase behind it. Costs: by
// node and position, by wire and boundary that it crosses, and by boundary that anything crosses. Costs by phase are
// not negative and never increase with the phase.
struct Layered {
  struct Wire {
    std::size_t producer = kNone;          // kNone: position 0
    std::span<const std::size_t> readers;  // ascending, at least one
  };

  Layered() = default;
  Layered(Layered&&) = default;
  Layered& operator=(Layered&&) = default;

  std::size_t positions = 1;
  std::size_t phases = 1;
  std::vector<std::size_t> phase;       // by node, ascending; nodes are in a topological order
  std::vector<double> node_cost;        // [node × positions + position]; kUnlimited: forbidden
  std::vector<std::uint8_t> low, high;  // by node: positions allowed, both included
  std::vector<Wire> wires;
  std::vector<double> wire_cost;         // [(wire × boundaries + boundary) × phases + phase]; kUnlimited: never there
  std::vector<double> boundary_cost;     // [boundary × phases + phase]
  double first_cost = 0;                 // once, if any node lies at position 0
  std::vector<double> part_cost;         // [position × phases + phase]; not negative; empty: none. Of a phase that
                                         // begins where the phases before it end
  std::vector<std::size_t> own_readers;  // storage for the readers of wires, if nothing else holds them

  std::size_t size() const { return phase.size(); }
  std::size_t boundaries() const { return positions - 1; }
  double& wire_at(std::size_t wire, std::size_t boundary, std::size_t at_phase) {
    return wire_cost[(wire * boundaries() + boundary) * phases + at_phase];
  }
  double wire_at(std::size_t wire, std::size_t boundary, std::size_t at_phase) const {
    return wire_cost[(wire * boundaries() + boundary) * phases + at_phase];
  }
  bool is_sendable(std::size_t wire, std::size_t boundary) const { return wire_at(wire, boundary, 0) != kUnlimited; }
};

// Calls visit(position, phase) for each phase that begins where the phases before it end. Phases: ascending.
template <class Visit>
void for_each_further_part(const std::vector<std::size_t>& phase, const std::vector<std::uint8_t>& position,
                           const Visit& visit) {
  std::uint8_t last = 0;     // of the nodes so far
  std::uint8_t decided = 0;  // of the phases before
  bool is_sought = false;
  for (std::size_t node = 0; node < phase.size(); ++node) {
    if (node > 0 && phase[node] != phase[node - 1]) {
      decided = last;
      is_sought = true;
    }
    if (is_sought && position[node] == decided) {
      visit(std::size_t{decided}, phase[node]);
      is_sought = false;
    }
    last = std::max(last, position[node]);
  }
}

// The cost of an assignment of positions to nodes.
double cost_of(const Layered& layered, const std::vector<std::uint8_t>& position);

}  // namespace tandem::plan
