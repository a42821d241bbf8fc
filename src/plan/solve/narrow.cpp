#include "plan/solve/narrow.h"

#include <algorithm>

namespace tandem::plan {
namespace {

bool may_lie(const Layered& layered, std::size_t node, std::size_t position) {
  return layered.node_cost[node * layered.positions + position] != kUnlimited;
}

void raise(std::uint8_t& value, std::uint8_t least, bool& has_changed) {
  if (value >= least) return;
  value = least;
  has_changed = true;
}

void lower(std::uint8_t& value, std::uint8_t most, bool& has_changed) {
  if (value <= most) return;
  value = most;
  has_changed = true;
}

bool skip_forbidden(Layered& layered, bool& has_changed) {
  for (std::size_t node = 0; node < layered.size(); ++node) {
    auto& low = layered.low[node];
    auto& high = layered.high[node];
    while (low <= high && !may_lie(layered, node, low)) {
      ++low;
      has_changed = true;
    }
    if (low > high) return false;
    while (high > low && !may_lie(layered, node, high)) {
      --high;
      has_changed = true;
    }
  }
  return true;
}

// The earliest position from which a wire may reach `position`, and the last that it may reach from there.
std::uint8_t earliest_source(const Layered& layered, std::size_t wire, std::uint8_t position) {
  while (position > 0 && layered.is_sendable(wire, position - 1u)) --position;
  return position;
}

std::uint8_t last_reach(const Layered& layered, std::size_t wire, std::uint8_t position) {
  while (position < layered.boundaries() && layered.is_sendable(wire, position)) ++position;
  return position;
}

void follow_wires(Layered& layered, bool& has_changed) {
  for (std::size_t id = 0; id < layered.wires.size(); ++id) {
    const auto& wire = layered.wires[id];
    for (const std::size_t reader : wire.readers) {
      if (wire.producer != kNone) {
        raise(layered.low[reader], layered.low[wire.producer], has_changed);
        lower(layered.high[wire.producer], layered.high[reader], has_changed);
        raise(layered.low[wire.producer], earliest_source(layered, id, layered.low[reader]), has_changed);
        lower(layered.high[reader], last_reach(layered, id, layered.high[wire.producer]), has_changed);
      } else {
        lower(layered.high[reader], last_reach(layered, id, 0), has_changed);
      }
    }
  }
}

void follow_phases(Layered& layered, bool& has_changed) {
  std::uint8_t low = 0;
  std::uint8_t low_so_far = 0;
  for (std::size_t node = 0; node < layered.size(); ++node) {
    if (node > 0 && layered.phase[node] != layered.phase[node - 1]) low = low_so_far;
    raise(layered.low[node], low, has_changed);
    low_so_far = std::max(low_so_far, layered.low[node]);
  }
  std::uint8_t high = 255;
  std::uint8_t high_so_far = 255;
  for (std::size_t node = layered.size(); node-- > 0;) {
    if (node + 1 < layered.size() && layered.phase[node] != layered.phase[node + 1]) high = high_so_far;
    lower(layered.high[node], high, has_changed);
    high_so_far = std::min(high_so_far, layered.high[node]);
  }
}

}  // namespace

bool narrow(Layered& layered) {
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    if (!skip_forbidden(layered, has_changed)) return false;
    follow_wires(layered, has_changed);
    if (layered.phases > 1) follow_phases(layered, has_changed);
    for (std::size_t node = 0; node < layered.size(); ++node) {
      if (layered.low[node] > layered.high[node]) return false;
    }
  }
  return true;
}

}  // namespace tandem::plan
