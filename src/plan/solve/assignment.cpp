#include "plan/solve/assignment.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem::plan {
namespace {

// Makes costs by phase valid for a layered problem: lowers those that increase, then raises all by one amount so that
// none is negative. Returns that amount with a minus sign, as a constant for the problem's cost.
double settle(double* by_phase, std::size_t phases) {
  for (std::size_t phase = 1; phase < phases; ++phase) by_phase[phase] = std::min(by_phase[phase], by_phase[phase - 1]);
  const double below = std::min(0.0, by_phase[phases - 1]);
  for (std::size_t phase = 0; phase < phases; ++phase) by_phase[phase] -= below;
  return below;
}

}  // namespace

Functional RouteCosts::combined(const Weights& weights) const {
  Functional functional(*query_.problem);
  if (weights.objective != 0) functional.add(query_.objective, weights.objective);
  for (std::size_t i = 0; i < weights.limits.size(); ++i) {
    if (weights.limits[i] != 0) functional.add(query_.limits[i].functional, weights.limits[i]);
  }
  return functional;
}

Layered RouteCosts::layered(const Weights& weights, const std::vector<std::uint8_t>& low,
                            const std::vector<std::uint8_t>& high, const std::vector<std::uint32_t>& allowed,
                            double& constant) const {
  const Functional functional = combined(weights);
  Layered made;
  made.positions = route_.length();
  made.phases = query_.scenario.phase_count();
  made.phase = query_.scenario.phase;
  made.low = low;
  made.high = high;
  constant = add_nodes(functional, weights, made) + add_boundaries(functional, weights, made) +
             add_parts(functional, weights, made) + add_wires(functional, weights, allowed, made) +
             least_extras(functional, weights, low, high);
  return made;
}

double RouteCosts::overhead(const Functional& functional, const Weights& weights, std::size_t position,
                            std::size_t phase) const {
  const std::size_t target = route_.targets[position];
  const double cost = query_.stage_cost(functional, target, phase);
  if (weights.stage.empty()) return cost;
  return cost + weights.stage[position] * query_.mean_share(phase, target) * query_.stage_ms(target);
}

double RouteCosts::add_nodes(const Functional& functional, const Weights& weights, Layered& made) const {
  made.node_cost.resize(made.size() * made.positions, kUnlimited);
  for (std::size_t rank = 0; rank < made.size(); ++rank) {
    for (std::size_t position = 0; position < made.positions; ++position) {
      const std::size_t target = route_.targets[position];
      if (!route_.runs[position] || !query_.may(rank, target)) continue;
      double cost = query_.block_cost(functional, rank, target);
      if (!weights.memory.empty()) cost += weights.memory[position] * query_.memory_of(rank);
      if (!weights.stage.empty())
        cost += weights.stage[position] * query_.mean_share(made.phase[rank], target) * query_.block_ms(rank, target);
      made.node_cost[rank * made.positions + position] = cost;
    }
  }
  made.first_cost = overhead(functional, weights, 0, 0);
  return made.first_cost < 0 ? std::exchange(made.first_cost, 0) : 0;
}

double RouteCosts::add_boundaries(const Functional& functional, const Weights& weights, Layered& made) const {
  double constant = 0;
  for (std::size_t boundary = 0; boundary < boundaries(); ++boundary) {
    const std::size_t link = route_.links[boundary];
    const double answer_ms = Times::download_ms(query_.problem->links[link], query_.problem->answer_bytes);
    for (std::size_t phase = 0; phase < made.phases; ++phase) {
      double cost = query_.hop_cost(functional, link, phase);
      if (route_.runs[boundary + 1]) cost += overhead(functional, weights, boundary + 1, phase);
      if (!weights.down.empty()) cost += weights.down[boundary] * query_.link_share(phase, link) * answer_ms;
      made.boundary_cost.push_back(cost);
    }
    constant += settle(made.boundary_cost.data() + boundary * made.phases, made.phases);
  }
  return constant;
}

// A cost below zero is granted in any case: then the problem gives a lower bound only.
double RouteCosts::add_parts(const Functional& functional, const Weights& weights, Layered& made) const {
  if (made.phases == 1) return 0;
  std::vector<double> least(made.phases, 0);
  made.part_cost.assign(made.positions * made.phases, 0);
  for (std::size_t position = 0; position < made.positions; ++position) {
    const std::size_t target = route_.targets[position];
    for (std::size_t phase = 1; phase < made.phases; ++phase) {
      double cost = query_.part_cost(functional, target, phase);
      if (!weights.stage.empty())
        cost += weights.stage[position] * query_.mean_share(phase, target) * query_.part_ms(target);
      least[phase] = std::min(least[phase], cost);
      made.part_cost[position * made.phases + phase] = std::max(0.0, cost);
    }
  }
  return std::accumulate(least.begin(), least.end(), 0.0);
}

double RouteCosts::add_wires(const Functional& functional, const Weights& weights,
                             const std::vector<std::uint32_t>& allowed, Layered& made) const {
  const auto& tensors = query_.scenario.tensors;
  std::vector<double> byte_cost;
  for (std::size_t boundary = 0; boundary < boundaries(); ++boundary) {
    for (std::size_t phase = 0; phase < made.phases; ++phase)
      byte_cost.push_back(cost_of_byte(functional, weights, boundary, phase));
  }
  made.wires.reserve(tensors.size());
  made.wire_cost.reserve(tensors.size() * boundaries() * made.phases);
  double constant = 0;
  for (std::size_t id = 0; id < tensors.size(); ++id) {
    made.wires.push_back({tensors[id].producer, tensors[id].readers});
    for (std::size_t boundary = 0; boundary < boundaries(); ++boundary) {
      for (std::size_t phase = 0; phase < made.phases; ++phase) {
        double least = tensors[id].plain_bytes * byte_cost[boundary * made.phases + phase];
        if (!tensors[id].is_plain()) best_encoding(functional, weights, id, boundary, phase, allowed, least);
        made.wire_cost.push_back(least);
      }
      if (made.wire_cost.back() != kUnlimited)
        constant += settle(made.wire_cost.data() + made.wire_cost.size() - made.phases, made.phases);
    }
  }
  return constant;
}

double RouteCosts::cost_of_byte(const Functional& functional, const Weights& weights, std::size_t boundary,
                                std::size_t phase) const {
  Encoding byte;
  byte.bytes = 1;
  return crossing(functional, weights, byte, boundary, phase);
}

double RouteCosts::crossing(const Functional& functional, const Weights& weights, const Encoding& encoding,
                            std::size_t boundary, std::size_t phase) const {
  const std::size_t link = route_.links[boundary];
  double cost = query_.crossing_cost(functional, encoding, link, phase);
  if (weights.stage.empty()) return cost;
  const Link& ends = query_.problem->links[link];
  return cost +
         weights.stage[boundary] * query_.mean_share(phase, ends.from) *
             Times::encode_ms(*query_.problem, encoding, link) +
         weights.stage[boundary + 1] * query_.mean_share(phase, ends.to) *
             Times::decode_ms(*query_.problem, encoding, link) +
         weights.up[boundary] * query_.link_share(phase, link) * Times::upload_ms(ends, encoding.bytes);
}

std::size_t RouteCosts::best_encoding(const Functional& functional, const Weights& weights, std::size_t id,
                                      std::size_t boundary, std::size_t phase,
                                      const std::vector<std::uint32_t>& allowed, double& least) const {
  const auto& encodings = query_.encodings_of(query_.scenario.tensors[id]);
  std::size_t best = 0;
  least = kUnlimited;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const bool is_allowed = allowed.empty() || (allowed[id * boundaries() + boundary] >> i & 1u) != 0;
    if (!is_allowed || !can_send(*query_.problem, encodings[i], route_.links[boundary])) continue;
    const double cost = crossing(functional, weights, encodings[i], boundary, phase);
    if (cost >= least) continue;
    least = cost;
    best = i;
  }
  return best;
}

std::vector<std::size_t> RouteCosts::phases_behind(const std::vector<std::uint8_t>& position) const {
  std::vector<std::size_t> phases(boundaries(), kNone);
  for (std::size_t rank = position.size(); rank-- > 0;) {
    for (std::size_t boundary = 0; boundary < position[rank]; ++boundary)
      phases[boundary] = std::min(phases[boundary], query_.scenario.phase[rank]);
  }
  return phases;
}

std::size_t RouteCosts::made_at(std::size_t id, const std::vector<std::uint8_t>& position) const {
  const std::size_t producer = query_.scenario.tensors[id].producer;
  return producer == kNone ? 0 : position[producer];
}

std::size_t RouteCosts::last_reader(std::size_t id, const std::vector<std::uint8_t>& position) const {
  std::size_t last = 0;
  for (const std::size_t reader : query_.scenario.tensors[id].readers)
    last = std::max<std::size_t>(last, position[reader]);
  return last;
}

void RouteCosts::choose_encodings(const Weights& weights, const std::vector<std::uint32_t>& allowed,
                                  Assignment& assignment) const {
  const Functional functional = combined(weights);
  const auto phases = phases_behind(assignment.position);
  assignment.encoding.assign(query_.scenario.tensors.size() * boundaries(), 0);
  for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) {
    const std::size_t last = last_reader(id, assignment.position);
    for (std::size_t boundary = made_at(id, assignment.position); boundary < last; ++boundary) {
      double least = 0;
      assignment.encoding[id * boundaries() + boundary] =
          static_cast<std::uint8_t>(best_encoding(functional, weights, id, boundary, phases[boundary], allowed, least));
    }
  }
}

Sums RouteCosts::sums(const Assignment& assignment) const {
  const Scenario& scenario = query_.scenario;
  const Problem& problem = *query_.problem;
  Sums sums;
  sums.limits.assign(query_.limits.size(), 0);
  sums.memory.assign(route_.length(), 0);
  sums.stage.assign(route_.length(), 0);
  sums.up.assign(boundaries(), 0);
  sums.down.assign(boundaries(), 0);
  sums.is_used.assign(route_.length(), 0);
  const auto add = [&](const auto& value) {
    sums.objective += value(query_.objective);
    for (std::size_t i = 0; i < sums.limits.size(); ++i) sums.limits[i] += value(query_.limits[i].functional);
  };
  const auto measured = measured_stages(assignment.position);
  for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
    const std::size_t position = assignment.position[rank];
    const std::size_t target = route_.targets[position];
    const bool begins = !std::exchange(sums.is_used[position], 1);  // ranks are by phase: the first has the earliest
    const std::size_t phase = scenario.phase[rank];
    sums.memory[position] += query_.memory_of(rank);
    const auto* whole = measured[position];
    if (whole != nullptr && !begins) continue;
    add([&](const Functional& functional) {
      if (whole != nullptr) return query_.segment_cost(functional, target, *whole);
      return query_.block_cost(functional, rank, target) + (begins ? query_.stage_cost(functional, target, phase) : 0);
    });
    const double parts_ms = query_.block_ms(rank, target) + (begins ? query_.stage_ms(target) : 0);
    sums.stage[position] += query_.mean_share(phase, target) * (whole != nullptr ? whole->ms : parts_ms);
  }
  for_each_further_part(scenario.phase, assignment.position, [&](std::size_t position, std::size_t phase) {
    const std::size_t target = route_.targets[position];
    add([&](const Functional& functional) { return query_.part_cost(functional, target, phase); });
    sums.stage[position] += query_.mean_share(phase, target) * query_.part_ms(target);
  });
  const auto phases = phases_behind(assignment.position);
  for (std::size_t boundary = 0; boundary < boundaries(); ++boundary) {
    if (phases[boundary] == kNone) continue;
    const std::size_t link = route_.links[boundary];
    add([&](const Functional& functional) { return query_.hop_cost(functional, link, phases[boundary]); });
    sums.down[boundary] =
        query_.link_share(phases[boundary], link) * Times::download_ms(problem.links[link], problem.answer_bytes);
  }
  for (std::size_t id = 0; id < scenario.tensors.size(); ++id) {
    const std::size_t last = last_reader(id, assignment.position);
    for (std::size_t boundary = made_at(id, assignment.position); boundary < last; ++boundary) {
      const std::size_t link = route_.links[boundary];
      const Encoding& encoding =
          query_.encodings_of(scenario.tensors[id])[assignment.encoding[id * boundaries() + boundary]];
      add([&](const Functional& functional) {
        return query_.crossing_cost(functional, encoding, link, phases[boundary]);
      });
      const std::size_t phase = phases[boundary];
      const Link& ends = problem.links[link];
      sums.stage[boundary] += query_.mean_share(phase, ends.from) * Times::encode_ms(problem, encoding, link);
      sums.stage[boundary + 1] += query_.mean_share(phase, ends.to) * Times::decode_ms(problem, encoding, link);
      sums.up[boundary] += query_.link_share(phase, link) * Times::upload_ms(ends, encoding.bytes);
    }
  }
  return sums;
}

std::vector<const Segments::Known*> RouteCosts::measured_stages(const std::vector<std::uint8_t>& positions) const {
  std::vector<const Segments::Known*> measured(route_.length(), nullptr);
  for (std::size_t position = 0; position < measured.size() && !query_.segments.empty(); ++position) {
    const auto first = std::ranges::find(positions, position);
    if (first == positions.end()) continue;
    const auto begin = static_cast<std::size_t>(first - positions.begin());
    const auto size = static_cast<std::size_t>(std::ranges::count(positions, position));
    const bool is_run =
        std::all_of(first, first + static_cast<std::ptrdiff_t>(std::min(size, positions.size() - begin)),
                    [&](std::size_t each) { return each == position; });
    if (is_run) measured[position] = query_.segments.find(route_.targets[position], begin, begin + size);
  }
  return measured;
}

double RouteCosts::least_extras(const Functional& functional, const Weights& weights,
                                const std::vector<std::uint8_t>& low, const std::vector<std::uint8_t>& high) const {
  double sum = 0;
  std::vector<std::size_t> may(low.size() + 1), must(low.size() + 1);  // ranks before this one that lie there
  for (std::size_t position = 0; position < route_.length() && !query_.segments.empty(); ++position) {
    const std::size_t target = route_.targets[position];
    for (std::size_t rank = 0; rank < low.size(); ++rank) {
      may[rank + 1] = may[rank] + (low[rank] <= position && position <= high[rank] ? 1 : 0);
      must[rank + 1] = must[rank] + (low[rank] == position && position == high[rank] ? 1 : 0);
    }
    double least = kUnlimited;
    for (const auto& segment : query_.segments.of(target)) {
      const std::size_t size = segment.end - segment.begin;
      const bool is_possible =
          may[segment.end] - may[segment.begin] == size && must[segment.end] - must[segment.begin] == must.back();
      if (!is_possible) continue;
      double cost = query_.extra_cost(functional, target, segment);
      const double reach = query_.mean_share(query_.scenario.phase[segment.begin], target);
      if (!weights.stage.empty()) cost += weights.stage[position] * reach * segment.extra_ms;
      const bool is_certain = size == must.back() && size == may.back();
      least = std::min(least, is_certain ? cost : std::min(cost, 0.0));
    }
    if (least != kUnlimited) sum += least;
  }
  return sum;
}

bool RouteCosts::holds(const Sums& sums) const {
  if (!query_.minimises_period && !is_within(sums.objective, query_.objective_limit)) return false;
  if (!is_within(sums.period(), query_.period_limit)) return false;
  for (std::size_t i = 0; i < sums.limits.size(); ++i) {
    if (!query_.limits[i].holds(sums.limits[i])) return false;
  }
  std::size_t last = 0;
  for (std::size_t position = 0; position < sums.is_used.size(); ++position) {
    if (!is_within(sums.memory[position], query_.memory_limit[route_.targets[position]])) return false;
    if (sums.is_used[position]) last = position;
  }
  for (std::size_t position = 1; position < last; ++position) {
    if (!sums.is_used[position] && !query_.problem->allows_relays) return false;
  }
  return uses_what_it_needs(sums);
}

bool RouteCosts::uses_what_it_needs(const Sums& sums) const {
  return std::ranges::all_of(query_.needed, [&](const std::vector<std::size_t>& set) {
    for (std::size_t position = 0; position < sums.is_used.size(); ++position) {
      if (sums.is_used[position] && std::ranges::find(set, route_.targets[position]) != set.end()) return true;
    }
    return false;
  });
}

// The route ends at the last position with a block.
Decision RouteCosts::decision(const Assignment& assignment) const {
  const std::size_t last = *std::ranges::max_element(assignment.position);
  std::vector<std::size_t> route(route_.targets.begin(),
                                 route_.targets.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  std::vector<std::size_t> positions(assignment.position.begin(), assignment.position.end());
  Decision decision = make_decision(query_, std::move(route), positions);
  for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) {
    const std::size_t end = last_reader(id, assignment.position);
    for (std::size_t boundary = made_at(id, assignment.position); boundary < end; ++boundary) {
      decision.crossings.push_back(
          {boundary, query_.scenario.tensors[id].tensor, assignment.encoding[id * boundaries() + boundary]});
    }
  }
  std::ranges::sort(decision.crossings);
  return decision;
}

}  // namespace tandem::plan
