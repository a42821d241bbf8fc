// The stored costs of a model on a fleet, and the planning problem that follows from them.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "cost/costs.h"
#include "deploy/deployment.h"
#include "exits/statistics.h"
#include "fleet/fleet.h"
#include "model/model.h"
#include "plan/make/encodings.h"
#include "plan/problem/problem.h"
#include "rpc/targets.h"
#include "store/store.h"

namespace tandem::workspace {

// Targets and links without any measurement are omitted.
struct KnownCosts {
  std::vector<cost::ModelCosts> models;  // by target, measured or predicted
  std::vector<cost::LinkCosts> links;
  std::optional<exits::ExitStatistics> exits;  // the newest of the calibration part of any data set
  plan::Codecs codecs;                         // of every data set and target
};
KnownCosts costs_from_store(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store);

// Warns about targets without a profile, and about predicted times.
void warn_of_guesses(const KnownCosts& known, const fleet::Fleet& fleet);
// Asks the targets, all at once, and warns about each that was profiled on another machine or with another engine. One
// that does not answer in time is skipped.
void warn_of_stale(const KnownCosts& known, const rpc::Targets& targets,
                   base::Milliseconds timeout = base::Milliseconds{10'000});

// The planning problem of a model over a fleet. With exit statistics, requests may stop early, and the objective is
// accuracy. Tensors may be sent by any codec with known rates and times: see plan::spare_accuracy. Throws
// Error(NotFound), with the remedy, when no costs are known.
plan::Problem make_problem(const model::Model& model, const fleet::Fleet& fleet, const KnownCosts& known);

// The codecs that a plan may name.
deploy::CodecDescriptions descriptions_of(const std::vector<cost::CodecRate>& rates);

}  // namespace tandem::workspace
