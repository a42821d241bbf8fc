// Assignments of blocks to the positions of a route, and their costs: the step between a query and the layered problem
// that relaxes it. Private to plan/solve/.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/solve/layered.h"
#include "plan/solve/multipliers.h"
#include "plan/solve/query.h"
#include "plan/solve/routes.h"

namespace tandem::plan {

struct Assignment {
  std::vector<std::uint8_t> position;  // by rank
  std::vector<std::uint8_t> encoding;  // [active tensor × boundaries + boundary], where it crosses
};

class RouteCosts {
 public:
  RouteCosts(const Query& query, const Route& route) : query_(query), route_(route) {}

  std::size_t boundaries() const { return route_.length() - 1; }

  // The weighted sum of a plan's costs, as a layered problem over the positions `low` to `high` and the encodings
  // allowed (a mask for each active tensor and boundary; empty: all). Add `constant` to its cost. Where the weighted
  // cost of a crossing is below zero, the problem gives a lower bound only.
  Layered layered(const Weights& weights, const std::vector<std::uint8_t>& low, const std::vector<std::uint8_t>& high,
                  const std::vector<std::uint32_t>& allowed, double& constant) const;

  // The best encoding of every tensor that crosses, by the same weights.
  void choose_encodings(const Weights& weights, const std::vector<std::uint32_t>& allowed,
                        Assignment& assignment) const;

  Sums sums(const Assignment& assignment) const;
  // Whether a plan with these sums is feasible, on this route or on the shorter one where it ends.
  bool holds(const Sums& sums) const;
  Decision decision(const Assignment& assignment) const;

  // Phase of the first block behind each boundary, kNone where there is none.
  std::vector<std::size_t> phases_behind(const std::vector<std::uint8_t>& position) const;
  // Of an active tensor: the last position of a reader, and the position of the producer.
  std::size_t last_reader(std::size_t id, const std::vector<std::uint8_t>& position) const;
  std::size_t made_at(std::size_t id, const std::vector<std::uint8_t>& position) const;

 private:
  bool uses_what_it_needs(const Sums& sums) const;
  Functional combined(const Weights& weights) const;
  // Each adds its part of a layered problem and returns its part of the constant.
  double add_nodes(const Functional& functional, const Weights& weights, Layered& made) const;
  double add_boundaries(const Functional& functional, const Weights& weights, Layered& made) const;
  double add_parts(const Functional& functional, const Weights& weights, Layered& made) const;
  double add_wires(const Functional& functional, const Weights& weights, const std::vector<std::uint32_t>& allowed,
                   Layered& made) const;
  // The least that segments add where ranks lie from `low` to `high`: exact where they are fixed.
  double least_extras(const Functional& functional, const Weights& weights, const std::vector<std::uint8_t>& low,
                      const std::vector<std::uint8_t>& high) const;
  // By position: the segment that its stage is; nullptr: its time is the sum of its parts.
  std::vector<const Segments::Known*> measured_stages(const std::vector<std::uint8_t>& positions) const;
  double overhead(const Functional& functional, const Weights& weights, std::size_t position, std::size_t phase) const;
  double crossing(const Functional& functional, const Weights& weights, const Encoding& encoding, std::size_t boundary,
                  std::size_t phase) const;
  double cost_of_byte(const Functional& functional, const Weights& weights, std::size_t boundary,
                      std::size_t phase) const;
  std::size_t best_encoding(const Functional& functional, const Weights& weights, std::size_t id, std::size_t boundary,
                            std::size_t phase, const std::vector<std::uint32_t>& allowed, double& least) const;

  const Query& query_;
  const Route& route_;
};

}  // namespace tandem::plan
