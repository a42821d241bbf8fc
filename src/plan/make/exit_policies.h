// The exits of a model for a planner: their costs, and the policies to choose from. Used by make_problem's callers and
// by reports of exits. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exits/statistics.h"
#include "exits/thresholds.h"
#include "model/graph.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The layers that make these answers, in the order of `exits`. Throws Error(InvalidInput) on a name that is no answer
// of a layer.
std::vector<std::size_t> layers_of_exits(const model::Graph& graph, const std::vector<std::string>& exits);

// The cost of each exit, in the unit of `layer_cost` (by layer; multiply-accumulates, milliseconds). Layers that the
// last exit does not need are the head of the exit that needs them. Throws as layers_of_exits does.
exits::ExitCosts exit_costs(const model::Graph& graph, const std::vector<std::string>& exits,
                            const std::vector<double>& layer_cost);
exits::ExitCosts exit_costs(const model::Graph& graph,
                            const std::vector<std::string>& exits);  // in multiply-accumulates

// Adds the policies that a planner chooses from: every fixed exit; then thresholds found on `calibration`
// (exits/thresholds.h): the front of accuracy against cost, and for each exit the front of accuracy against the share
// of requests that go further, which suits plans that send as few as possible. Sets the problem's confidence and the
// temperatures of its exits, of which `calibration` must have the records.
void add_policies(Problem& problem, const exits::ExitCosts& costs, const exits::ExitStatistics& calibration,
                  exits::Confidence confidence);

}  // namespace tandem::plan
