// A plan: the target of each layer, the encoding of each tensor that crosses a link, the exits where requests may stop,
// and the costs. A Decision is a solver's choice, in indices of a Problem; a Plan is a decision with names and prices.
// Plain data; plan_json.h has its JSON form.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/graph.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// A tensor sent over a hop: hop i leads from route[i] to route[i + 1]. With a bypass it goes straight to a later target
// of the route, past those between.
struct Crossing {
  std::size_t hop = 0;
  std::size_t tensor = 0;
  std::size_t encoding = 0;
  std::size_t past = 0;  // stages that it passes by

  std::size_t to() const { return hop + 1 + past; }
  auto operator<=>(const Crossing&) const = default;
};

// A tensor sent to a target that works beside a stage.
struct Handing {
  std::size_t stage = 0;
  std::size_t step = 0;
  std::size_t target = 0;
  std::size_t tensor = 0;
  std::size_t encoding = 0;
  auto operator<=>(const Handing&) const = default;
};

struct Decision {
  std::size_t policy = 0;             // 0 when the problem has none
  std::vector<std::size_t> route;     // targets in order, from the first target; the last one runs something
  std::vector<std::size_t> position;  // by block: an index into route; kNone: it does not run under the policy
  std::vector<Crossing> crossings;    // ascending; every tensor on every hop that it crosses, and past others

  // Work in parallel; all empty where each stage runs its blocks alone, in one step.
  std::vector<std::size_t> step;    // by block: of its stage, from 0
  std::vector<std::size_t> beside;  // by block: the target that runs it beside its stage; kNone: the stage's own
  std::vector<Handing> handings;    // ascending; every tensor that such a target reads

  bool is_parallel() const { return !step.empty(); }
  // That runs this block; kNone: the block does not run.
  std::size_t target_of(std::size_t block) const {
    if (position[block] == kNone) return kNone;
    return is_parallel() && beside[block] != kNone ? beside[block] : route[position[block]];
  }

  auto operator<=>(const Decision&) const = default;
};

using model::LayerRange;

struct SentTensor {
  std::string name;
  std::string codec;
  double bytes = 0;
  bool operator==(const SentTensor&) const = default;
};

// Layers of a stage that another target runs meanwhile: it is sent their inputs, and sends back their outputs.
struct Offload {
  std::string target;
  std::vector<LayerRange> ranges;  // ascending, disjoint
  double compute_ms = 0;           // predicted, as all times
  double sent_bytes = 0;
  double returned_bytes = 0;
  double exchange_ms = 0;  // encoding, sending, the way back of the outputs, decoding
  std::vector<SentTensor> sent;

  double latency_ms() const { return compute_ms + exchange_ms; }
  bool operator==(const Offload&) const = default;
};

// A step of a stage that works in parallel: it ends once its own layers and all offloads have ended.
struct Step {
  std::vector<LayerRange> ranges;  // of the stage's own, ascending, disjoint
  std::vector<Offload> offloads;
  double compute_ms = 0;  // predicted, of its own layers

  double latency_ms() const;  // of the longest of its own layers and each offload
  bool operator==(const Step&) const = default;
};

// Tensors that a stage sends straight to a later one than the next.
struct Bypass {
  std::string target;
  double sent_bytes = 0;
  double exchange_ms = 0;  // predicted: encoding, sending, decoding
  std::vector<SentTensor> sent;
  bool operator==(const Bypass&) const = default;
};

struct Stage {
  std::string target;
  std::vector<LayerRange> ranges;  // its own, ascending, disjoint; none: a relay
  double compute_ms = 0;           // predicted
  double sent_bytes = 0;           // to the next stage
  double exchange_ms = 0;          // predicted: encoding, sending, the way back of the answer, decoding
  std::vector<SentTensor> sent;
  std::vector<Bypass> bypasses;  // by target, in the order of the route
  std::vector<Step> steps;       // in order; empty: all of `ranges`, and no offload
  std::size_t replicas = 1;      // machines that take turns

  bool runs_layers() const { return !ranges.empty(); }
  double waiting_ms() const;  // for offloads, once its own layers of their step have ended
  double bypass_ms() const;   // of all bypasses
  bool operator==(const Stage&) const = default;
};

// An exit where requests may stop; fields as in Policy and Exit.
struct PlanExit {
  std::string name;
  double share = 0;
  double threshold = 0;
  double temperature = 1;
  bool operator==(const PlanExit&) const = default;
};

struct Plan {
  std::vector<Stage> stages;    // in order; the first is on the target where requests come from
  std::string policy;           // empty: no exits
  std::vector<PlanExit> exits;  // of the policy, in order; a request stops at the last one in any case
  std::string confidence;       // as in Problem; empty: no exits
  double cost = 0;              // by the objective; lower is better
  double latency_ms = 0;        // predicted, from the input at the first target to the answer there
  double period_ms = 0;         // of the busiest stage or link direction; 1000 ÷ this: requests a second
  double upload_bytes = 0;      // over all links
  double energy_j = 0;
  double money = 0;       // of a request, in the unit of the prices
  double accuracy = 100;  // percent right
  Decision decision;
  bool operator==(const Plan&) const = default;

  // The whole model on one target.
  bool is_native() const;
  // "device 0 → (edge) → cloud 1–9, 12 ∥ gpu 10–11": layers from 0, ends included; (a relay); ∥ an offload
  std::string summary() const;
};

// Layers that run together on a target: a stage's, or, where it works in steps, a step's own or an offload's.
struct Share {
  std::string target;
  std::vector<LayerRange> ranges;
  auto operator<=>(const Share&) const = default;
};
std::vector<Share> shares_of(const Stage& stage);

// What one target of a plan sends another.
struct Sending {
  std::string from, to;
  std::vector<SentTensor> sent;
};
std::vector<Sending> sendings_of(const Plan& plan);

// The unit of the objective's cost: "ms", "% wrong", "ms per request", "bytes", "J", "money" or "" (weighted).
const char* unit_of(const Objective& objective);

}  // namespace tandem::plan
