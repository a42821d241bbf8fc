// The best way to lay a graph over a row of positions, by one minimum cut: every node gets a position that never
// decreases along a wire; costs are by node and position, by wire and boundary that it crosses, and by boundary that
// anything crosses. The construction is Ishikawa's (2003, "Exact optimization for Markov random fields with convex
// priors": a copy of each node for each boundary, infinite arcs that keep the copies nested) with the closure arcs of
// project selection (Picard 1976), and an auxiliary vertex for each wire with several readers, so that it is paid once.
// Private to plan/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Boundary b lies between positions b and b + 1. Nodes of a phase lie at or after all nodes of earlier phases; what
// crosses a boundary is charged at the earliest phase behind it. Costs by phase are not negative and never increase
// with the phase.
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
  std::vector<std::size_t> phase;       // by node; nodes are in a topological order that phases agree with
  std::vector<double> node_cost;        // [node × positions + position]; kUnlimited: it may not lie there
  std::vector<std::uint8_t> low, high;  // by node: positions allowed, both included
  std::vector<Wire> wires;
  std::vector<double> wire_cost;         // [(wire × boundaries + boundary) × phases + phase]; kUnlimited: never
  std::vector<double> boundary_cost;     // [boundary × phases + phase]
  double first_cost = 0;                 // once, if any node lies at position 0
  std::vector<std::size_t> own_readers;  // what readers show, unless it is kept elsewhere

  std::size_t size() const { return phase.size(); }
  std::size_t boundaries() const { return positions - 1; }
  double& wire_at(std::size_t wire, std::size_t boundary, std::size_t at_phase) {
    return wire_cost[(wire * boundaries() + boundary) * phases + at_phase];
  }
  double wire_at(std::size_t wire, std::size_t boundary, std::size_t at_phase) const {
    return wire_cost[(wire * boundaries() + boundary) * phases + at_phase];
  }
};

// Narrows low and high to what wires, phases and forbidden positions leave. False: there is no way at all.
bool narrow(Layered& layered);

// What an assignment costs.
double cost_of(const Layered& layered, const std::vector<std::uint8_t>& position);

// The best assignment; of several the one that keeps more at early positions. Must have been narrowed.
std::vector<std::uint8_t> lay(const Layered& layered);

// The same, contracted first where that is possible.
std::vector<std::uint8_t> lay_contracted(const Layered& layered);

// Merges nodes that some best assignment keeps together, whatever the rest does; one phase only. `group` tells the new
// node of each old one. Keeps the least cost, not every assignment that has it.
Layered contract(const Layered& layered, std::vector<std::size_t>& group);

}  // namespace tandem::plan
