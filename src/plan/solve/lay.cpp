#include "plan/solve/lay.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/solve/contract.h"
#include "plan/solve/flow.h"

namespace tandem::plan {
namespace {

constexpr double kFine = 1e-12;  // of an answer's cost: the unit of capacities that is fine enough for it
constexpr int kMostRefinements = 4;

// The network of one problem. A Side stands for a copy of a node at a boundary: decided by the node's range, or a
// vertex of the network, which is on the sink's side when the node lies behind the boundary.
class Network {
 public:
  explicit Network(const Layered& layered) : layered_(layered), copies_(layered.size() * layered.boundaries(), kNone) {
    find_scale();
    for (std::size_t node = 0; node < layered.size(); ++node) add_node(node);
    add_phases();
    for (std::size_t wire = 0; wire < layered.wires.size(); ++wire) add_wire(wire);
    if (layered.first_cost > 0) add_first_cost();
  }

  // The cost that rounding may take for nothing.
  double unit() const { return 1 / scale_; }

  std::vector<std::uint8_t> solve() {
    network_.solve();
    std::vector<std::uint8_t> position = layered_.low;
    for (std::size_t node = 0; node < layered_.size(); ++node) {
      for (std::size_t boundary = layered_.low[node]; boundary < layered_.high[node]; ++boundary) {
        if (network_.is_on_sink_side(copies_[node * layered_.boundaries() + boundary])) ++position[node];
      }
    }
    return position;
  }

 private:
  struct Side {
    bool is_fixed = false;
    bool is_behind = false;
    std::size_t vertex = kNone;
  };

  Side side(std::size_t node, std::size_t boundary) const {
    if (node == kNone || layered_.high[node] <= boundary) return {true, false, kNone};
    if (layered_.low[node] > boundary) return {true, true, kNone};
    return {false, false, copies_[node * layered_.boundaries() + boundary]};
  }

  Side new_side() { return {false, false, network_.add_vertex()}; }

  // Scales the total of all costs to 2^52, so that the rounding of each stays below 1e-15 of the total.
  void find_scale() {
    double total = std::abs(layered_.first_cost);
    const auto add = [&](const std::vector<double>& costs) {
      for (const double cost : costs) total += cost == kUnlimited ? 0 : std::abs(cost);
    };
    add(layered_.node_cost);
    add(layered_.wire_cost);
    add(layered_.boundary_cost);
    add(layered_.part_cost);
    scale_ = total > 0 ? static_cast<double>(std::int64_t{1} << 52) / total : 1;
  }

  FlowNetwork::Capacity scaled(double cost) const { return std::llround(cost * scale_); }

  // The cost of `before` before its boundary with `behind` behind it.
  void add_arc(const Side& before, const Side& behind, FlowNetwork::Capacity cost) {
    if (cost == 0) return;
    if ((before.is_fixed && before.is_behind) || (behind.is_fixed && !behind.is_behind)) return;
    if (before.is_fixed && behind.is_fixed) return;  // paid in any case
    if (before.is_fixed) {
      network_.add_cost_on_sink_side(behind.vertex, cost);
    } else if (behind.is_fixed) {
      network_.add_cost_on_source_side(before.vertex, cost);
    } else {
      network_.add_arc(before.vertex, behind.vertex, cost);
    }
  }

  // If `first` is behind its boundary, `then` must be.
  void imply(const Side& first, const Side& then) {
    const bool holds = (first.is_fixed && !first.is_behind) || (then.is_fixed && then.is_behind);
    if (!holds) add_arc(then, first, FlowNetwork::kInfinite);
  }

  void add_gain(const Side& side, double cost_behind) {
    if (side.is_fixed) return;
    if (cost_behind >= 0) {
      network_.add_cost_on_sink_side(side.vertex, scaled(cost_behind));
    } else {
      network_.add_cost_on_source_side(side.vertex, scaled(-cost_behind));
    }
  }

  void add_node(std::size_t node) {
    const std::size_t low = layered_.low[node];
    const std::size_t high = layered_.high[node];
    const double* costs = layered_.node_cost.data() + node * layered_.positions;
    double last = costs[low];
    for (std::size_t boundary = low; boundary < high; ++boundary) {
      copies_[node * layered_.boundaries() + boundary] = network_.add_vertex();
      if (boundary > low) imply(side(node, boundary), side(node, boundary - 1));
      const bool may_stop_here = boundary == low || costs[boundary] != kUnlimited;
      if (!may_stop_here) imply(side(node, boundary - 1), side(node, boundary));
      if (costs[boundary + 1] == kUnlimited) continue;
      add_gain(side(node, boundary), costs[boundary + 1] - last);
      last = costs[boundary + 1];
    }
  }

  // Adds an end for each phase and boundary: behind it if any node of the phase or an earlier one is.
  void add_phases() {
    ends_.assign(layered_.phases * layered_.boundaries(), {true, false, kNone});
    if (layered_.phases == 1 && !pays_boundaries()) return;
    std::vector<char> has_reader(layered_.size(), 0), has_source(layered_.size(), 0);
    for (const auto& wire : layered_.wires) {
      for (const std::size_t reader : wire.readers) {
        if (wire.producer == kNone || layered_.phase[reader] != layered_.phase[wire.producer]) continue;
        has_reader[wire.producer] = 1;
        has_source[reader] = 1;
      }
    }
    for (std::size_t boundary = 0; boundary < layered_.boundaries(); ++boundary) {
      for (std::size_t phase = 0; phase < layered_.phases; ++phase) {
        end(phase, boundary) = new_side();
        pay_boundary(phase, boundary);
        if (phase > 0) imply(end(phase - 1, boundary), end(phase, boundary));
      }
      for (std::size_t node = 0; node < layered_.size(); ++node) {
        const std::size_t phase = layered_.phase[node];
        if (!has_reader[node]) imply(side(node, boundary), end(phase, boundary));
        if (!has_source[node] && phase > 0) imply(end(phase - 1, boundary), side(node, boundary));
      }
    }
    if (layered_.part_cost.empty()) return;
    for (std::size_t phase = 1; phase < layered_.phases; ++phase) {
      for (std::size_t position = 0; position < layered_.positions; ++position) add_part(phase, position, has_source);
    }
  }

  // A part is paid where the phases before one end at a position and the phase does not begin behind it.
  void add_part(std::size_t phase, std::size_t position, const std::vector<char>& has_source) {
    const auto cost = scaled(layered_.part_cost[position * layered_.phases + phase]);
    if (cost == 0) return;
    const Side ended = position == 0 ? Side{true, true, kNone} : end(phase - 1, position - 1);
    if (position == layered_.boundaries()) return add_arc({true, false, kNone}, ended, cost);
    const Side begin = new_side();
    for (std::size_t node = 0; node < layered_.size(); ++node) {
      if (layered_.phase[node] == phase && !has_source[node]) imply(begin, side(node, position));
    }
    add_arc(begin, ended, cost);
  }

  bool pays_boundaries() const {
    return std::ranges::any_of(layered_.boundary_cost, [](double cost) { return cost > 0; });
  }

  Side& end(std::size_t phase, std::size_t boundary) { return ends_[boundary * layered_.phases + phase]; }

  static double step(const double* by_phase, std::size_t phase, std::size_t phases) {
    return by_phase[phase] - (phase + 1 < phases ? by_phase[phase + 1] : 0);
  }

  void pay_boundary(std::size_t phase, std::size_t boundary) {
    const double* costs = layered_.boundary_cost.data() + boundary * layered_.phases;
    add_gain(end(phase, boundary), step(costs, phase, layered_.phases));
  }

  void add_wire(std::size_t id) {
    const auto& wire = layered_.wires[id];
    for (std::size_t boundary = 0; boundary < layered_.boundaries(); ++boundary) {
      const Side source = side(wire.producer, boundary);
      for (const std::size_t reader : wire.readers) imply(source, side(reader, boundary));
      if (!layered_.is_sendable(id, boundary)) {
        for (const std::size_t reader : wire.readers) imply(side(reader, boundary), source);
        continue;
      }
      if (source.is_fixed && source.is_behind) continue;
      const double* costs = layered_.wire_cost.data() + (id * layered_.boundaries() + boundary) * layered_.phases;
      for (std::size_t phase = 0; phase < layered_.phases; ++phase)
        charge(wire, source, boundary, phase, step(costs, phase, layered_.phases));
    }
  }

  // Adds the share of a wire's cost that is paid when a phase up to `phase` lies behind the boundary.
  void charge(const Layered::Wire& wire, const Side& source, std::size_t boundary, std::size_t phase, double cost) {
    const auto amount = scaled(cost);
    if (amount <= 0) return;
    const bool outlives_phase = layered_.phase[wire.readers.back()] > phase;
    if (outlives_phase) {
      add_arc(source, end(phase, boundary), amount);
    } else if (wire.readers.size() == 1) {
      add_arc(source, side(wire.readers[0], boundary), amount);
    } else {
      const Side any = any_of(wire.readers, boundary);
      add_arc(source, any, amount);
    }
  }

  Side any_of(std::span<const std::size_t> nodes, std::size_t boundary) {
    for (const std::size_t node : nodes) {
      const Side each = side(node, boundary);
      if (each.is_fixed && each.is_behind) return each;
    }
    const Side any = new_side();
    for (const std::size_t node : nodes) imply(side(node, boundary), any);
    return any;
  }

  // Paid if any node stays at position 0. Nodes without a source decide that.
  void add_first_cost() {
    if (layered_.boundaries() == 0) return;
    const std::vector<Side> sides = sides_without_source();
    const auto stays = [](const Side& side) { return side.is_fixed && !side.is_behind; };
    if (std::ranges::any_of(sides, stays)) return;  // paid in any case
    const Side all_behind = new_side();
    network_.add_cost_on_source_side(all_behind.vertex, scaled(layered_.first_cost));
    for (const Side& side : sides) imply(all_behind, side);
  }

  // At the first boundary, of the nodes of the first phase that read no other.
  std::vector<Side> sides_without_source() const {
    std::vector<char> has_source(layered_.size(), 0);
    for (const auto& wire : layered_.wires) {
      for (const std::size_t reader : wire.readers) has_source[reader] |= wire.producer != kNone;
    }
    std::vector<Side> sides;
    for (std::size_t node = 0; node < layered_.size() && layered_.phase[node] == 0; ++node) {
      if (!has_source[node]) sides.push_back(side(node, 0));
    }
    return sides;
  }

  const Layered& layered_;
  FlowNetwork network_;
  std::vector<std::size_t> copies_;  // vertices, by node and boundary
  std::vector<Side> ends_;           // by boundary and phase
  double scale_ = 1;
};

// Less than any assignment costs: the sum of all costs below zero.
double least_possible(const Layered& layered) {
  double sum = 0;
  for (std::size_t node = 0; node < layered.size(); ++node) {
    const double* costs = layered.node_cost.data() + node * layered.positions;
    sum += std::min(0.0, *std::min_element(costs, costs + layered.positions));
  }
  return sum;
}

// The same problem with no finite cost above `most`.
Layered with_costs_up_to(double most, const Layered& layered) {
  const auto capped = [&](std::vector<double> costs) {
    for (double& cost : costs) cost = cost == kUnlimited ? cost : std::min(cost, most);
    return costs;
  };
  Layered made;
  made.positions = layered.positions;
  made.phases = layered.phases;
  made.phase = layered.phase;
  made.node_cost = capped(layered.node_cost);
  made.low = layered.low;
  made.high = layered.high;
  made.wires = layered.wires;
  made.wire_cost = capped(layered.wire_cost);
  made.boundary_cost = capped(layered.boundary_cost);
  made.first_cost = std::min(layered.first_cost, most);
  made.part_cost = capped(layered.part_cost);
  return made;
}

}  // namespace

// Where the answer is far below the total of all costs, capacities are too coarse for it. No best assignment pays a
// cost above the answer's own: without those the total is nearer.
std::vector<std::uint8_t> lay(const Layered& layered) {
  Network network(layered);
  auto position = network.solve();
  double cost = cost_of(layered, position);
  if (network.unit() <= kFine * std::abs(cost)) return position;
  const double least = least_possible(layered);
  for (int i = 0; i < kMostRefinements && cost > least; ++i) {
    const Layered capped = with_costs_up_to(2 * (cost - least), layered);
    Network finer(capped);
    auto better = finer.solve();
    const double better_cost = cost_of(layered, better);
    if (better_cost >= cost) break;
    position = std::move(better);
    cost = better_cost;
  }
  return position;
}

std::vector<std::uint8_t> lay_contracted(const Layered& layered) {
  if (layered.positions == 1) return std::vector<std::uint8_t>(layered.size(), 0);
  if (layered.phases > 1) return lay(layered);
  std::vector<std::size_t> group;
  const auto grouped = lay(contract(layered, group));
  std::vector<std::uint8_t> position(layered.size());
  for (std::size_t node = 0; node < layered.size(); ++node) position[node] = grouped[group[node]];
  return position;
}

}  // namespace tandem::plan
