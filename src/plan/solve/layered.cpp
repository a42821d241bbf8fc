#include "plan/solve/layered.h"

#include <algorithm>

namespace tandem::plan {

double cost_of(const Layered& layered, const std::vector<std::uint8_t>& position) {
  double sum = 0;
  bool uses_first = false;
  std::vector<std::size_t> phase_behind(layered.boundaries(), kNone);
  for (std::size_t node = 0; node < layered.size(); ++node) {
    sum += layered.node_cost[node * layered.positions + position[node]];
    uses_first = uses_first || position[node] == 0;
    for (std::size_t boundary = 0; boundary < position[node]; ++boundary)
      phase_behind[boundary] = std::min(phase_behind[boundary], layered.phase[node]);
  }
  if (uses_first) sum += layered.first_cost;
  if (!layered.part_cost.empty()) {
    for_each_further_part(layered.phase, position, [&](std::size_t at, std::size_t phase) {
      sum += layered.part_cost[at * layered.phases + phase];
    });
  }
  for (std::size_t boundary = 0; boundary < layered.boundaries(); ++boundary) {
    if (phase_behind[boundary] != kNone)
      sum += layered.boundary_cost[boundary * layered.phases + phase_behind[boundary]];
  }
  for (std::size_t id = 0; id < layered.wires.size(); ++id) {
    const auto& wire = layered.wires[id];
    const std::size_t from = wire.producer == kNone ? 0 : position[wire.producer];
    std::size_t to = from;
    for (const std::size_t reader : wire.readers) to = std::max<std::size_t>(to, position[reader]);
    for (std::size_t boundary = from; boundary < to; ++boundary)
      sum += layered.wire_at(id, boundary, phase_behind[boundary]);
  }
  return sum;
}

}  // namespace tandem::plan
