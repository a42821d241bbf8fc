// A plan: which target runs which layers, with its predicted cost. Plain data; docs/formats.md has its JSON form.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "plan/problem.h"

namespace tandem::plan {

struct Stage {
  std::string target;
  std::size_t first = 0;  // layers [first, last); none for a target that only hands its input on
  std::size_t last = 0;
  double compute_ms = 0;   // predicted
  double sent_bytes = 0;   // to the next stage
  double exchange_ms = 0;  // predicted: getting them there and the answer back

  bool runs_layers() const { return first < last; }
  bool operator==(const Stage&) const = default;
};

struct Plan {
  std::vector<Stage> stages;  // in order; the first is on the target where requests come from
  double latency_ms = 0;      // predicted, from the input at the first target to the answer there
  bool operator==(const Plan&) const = default;

  // The whole model on one target.
  bool is_native() const;
  std::string summary() const;  // "device 0–12 → edge 13–40", layers counted from 0, ends included
};

// Prices stages at the given cuts and targets, independently of any solver: the sum of stage overheads, blocks,
// transfers and round trips. `ends[i]` is the cut (index into Problem) after the part of `targets[i]`. Targets must be
// linked.
Plan price(const Problem& problem, const std::vector<std::size_t>& targets, const std::vector<std::size_t>& ends);

// What a hop at `cut` costs: sending its frontier, the answer's way back, and one round trip.
double exchange_ms(const Problem& problem, const ProblemLink& link, std::size_t cut);

// The whole model on each target that can be reached from the first, over relays if need be, in the fleet's order.
std::vector<Plan> native_plans(const Problem& problem);

base::Json to_json(const Plan& plan);
// Throws base::Error unless the stages follow one another without gaps from layer 0 to `layer_count`.
Plan plan_from_json(const base::Json& json, const std::string& source, std::size_t layer_count);

}  // namespace tandem::plan
