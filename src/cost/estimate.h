// Additive costs of layers, estimated from measurements. Kernel times of an instrumented run give each layer's share;
// stages timed as plans run them give the total. Used by store, profile and workspace. Pure.
#pragma once

#include <vector>

#include "cost/costs.h"
#include "model/graph.h"

namespace tandem::cost {

// The costs of a model on a target, by Bayesian linear regression: a priori each layer takes its kernels' share of the
// whole, uncertain in proportion to the stage's length (a stage's error is a random walk over its time), and a stage
// adds a fixed overhead and time per byte handed on; each measured stage is an observation with its own confidence
// interval. So the residual of a stage (measured minus predicted time) goes to the layers in it, and fades between
// measured cuts as a Brownian bridge does. The layers and one overhead add up to whole_ms, which all stages help to
// estimate: the whole model, long and rarely timed, has no more weight than its interval allows. But a stage that would
// be predicted outside the interval of its own times gets more weight, as long as the times do not contradict each
// other.
//
// `stages` are series of this examination's identity; the whole model has to be among them. Throws Error(InvalidInput)
// when they do not fit the graph, Error(NotFound) without the whole.
ModelCosts estimate(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages);

// The predicted time of a stage in milliseconds, each of its ranges [first, last) a part of its own.
double predict_stage_ms(const model::Graph& graph, const ModelCosts& costs, const std::vector<LayerRange>& ranges);

// Bytes that layers outside `ranges` hand to layers inside, and the other way round. The model's own inputs and answers
// do not count.
struct Handed {
  double received_bytes = 0;
  double sent_bytes = 0;
};
Handed handed(const model::Graph& graph, const std::vector<LayerRange>& ranges);

// How many of the stages that `costs` were estimated from are predicted outside the 95 % interval of their own median,
// by more than 5 % of it: their times contradict each other, as they do where something else was running for a while.
std::size_t count_contradictions(const model::Graph& graph, const ModelCosts& costs,
                                 const std::vector<StageTime>& stages);

// Statistics of a stage's samples.
struct Timing {
  double median_ms = 0;
  double typical_ms = 0;  // interquartile mean, for fits, which add times up
  double low_ms = 0;      // 95 % confidence interval of the median
  double high_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  // Many samples far above the median, or a drift from the first half to the second: other programs were running, so
  // the stage has to be measured again.
  bool is_noisy = false;
};
Timing timing_of(const std::vector<double>& samples_ms);  // at least one
Timing timing_of(const StageTime& time);

// By layer, whether it is the last one of a kernel, so that a cut after it breaks none.
std::vector<bool> ends_of_kernels(const Examination& examination);

// The times of the whole model; null if there are none.
const StageTime* find_whole(const std::vector<StageTime>& stages, std::size_t layer_count);

}  // namespace tandem::cost
