// A planning problem from what was measured: a model's exact graph over a fleet. Pure.
#pragma once

#include <string>
#include <vector>

#include "cost/costs.h"
#include "exits/statistics.h"
#include "exits/thresholds.h"
#include "fleet/fleet.h"
#include "model/graph.h"
#include "plan/make/encodings.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The costs of one model over a fleet: one entry for each target that was profiled (others cannot be used), and the
// links between those. Blocks are the longest runs of layers that no target's engine fuses across; each is called by
// its first layer. What a block hands on, and what requests bring, is sent raw or by one of `codecs` (encodings.h).
// Throws Error(InvalidInput) when costs do not fit the graph, Error(NotFound) when the first target has none.
// Each of `exits`, names of answers in order, ends a block; policies are for add_policies.
Problem make_problem(const model::Graph& graph, const fleet::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links, const std::vector<std::string>& exits = {},
                     const Codecs& codecs = {});

// What each exit costs when every layer costs what `layer_cost` says (multiply-accumulates, milliseconds). Layers that
// the last exit does not need are the head of the exit that needs them.
exits::ExitCosts exit_costs(const model::Graph& graph, const std::vector<std::string>& exits,
                            const std::vector<double>& layer_cost);
exits::ExitCosts exit_costs(const model::Graph& graph,
                            const std::vector<std::string>& exits);  // in multiply-accumulates

// The policies that a planner chooses from: every fixed exit, and thresholds found on `calibration` (thresholds.h): the
// front of accuracy against time on the first target, and, for each exit, that against the share of requests that go
// further, as if all that counts were to send as few as possible. Takes over temperatures and the confidence.
void add_policies(Problem& problem, const exits::ExitCosts& costs, const exits::ExitStatistics& calibration,
                  exits::Confidence confidence);

}  // namespace tandem::plan
