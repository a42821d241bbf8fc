// From measurements to costs that add up. Kernel times from an instrumented run say how the layers share the time;
// stages that were timed as they would run say how much it is. Pure.
#pragma once

#include <vector>

#include "cost/costs.h"
#include "model/graph.h"

namespace tandem::cost {

// The costs of a model on a target. Bayesian linear regression: a priori each layer takes its kernels' share of the
// whole, uncertain in proportion to the stage's length (a stage's error is a random walk over its time), and a stage
// adds a fixed overhead and time per byte handed on; each measured stage is an observation with its own confidence
// interval. What a stage took beyond its prediction (the residual) thus goes to the layers where it ran, and fades
// between measured cuts as a Brownian bridge does. The layers and one overhead add up to whole_ms, which all stages
// tell of, the long and rarely timed whole model no more than its interval allows.
//
// `stages` are series of this examination's identity; the whole model has to be among them. Throws Error(InvalidInput)
// when they do not fit the graph, Error(NotFound) without the whole.
ModelCosts estimate(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages);

// Of layers [first, last) ranges on a target, by its costs: milliseconds, each range a part of its own.
double predict_stage_ms(const model::Graph& graph, const ModelCosts& costs, const std::vector<LayerRange>& ranges);

// Bytes that layers outside `ranges` hand to layers inside, and the other way round. The model's own inputs and answers
// do not count.
struct Handed {
  double received_bytes = 0;
  double sent_bytes = 0;
};
Handed handed(const model::Graph& graph, const std::vector<LayerRange>& ranges);

// What the median of a stage's samples is worth.
struct Timing {
  double median_ms = 0;
  double typical_ms = 0;  // interquartile mean: what a fit adds up
  double low_ms = 0;      // 95 % confidence interval of the median
  double high_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  // A share of samples far above the median, or a drift between the first half and the second: something else was
  // running, and the figure is to be measured again.
  bool is_noisy = false;
};
Timing timing_of(const StageTime& time);

// By layer: whether a kernel ends with it, so that a cut after it breaks none.
std::vector<bool> ends_of_kernels(const Examination& examination);

// Null while it was not timed.
const StageTime* find_whole(const std::vector<StageTime>& stages, std::size_t layer_count);

}  // namespace tandem::cost
