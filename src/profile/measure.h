// Measures a model on the targets of a fleet, and the links between them. Each measurement goes to the cost store at
// once, so that a run that was stopped goes on where it ended. Used by workspace.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "cost/costs.h"
#include "fleet/fleet.h"
#include "model/model.h"
#include "rpc/access.h"
#include "rpc/offer.h"
#include "rpc/targets.h"
#include "store/store.h"

namespace tandem::profile {

struct MeasurementSettings {
  double relative_interval = 0.02;  // repeat until the 95 % interval of the median is within this share of it …
  double longest_ms = 6'000;        // … or a stage has run for this long
  int kernel_runs = 10;
  // Of the model, that targets run it and its stages on; empty: they make values up.
  std::vector<base::NamedTensor> inputs = {};
};

// Called with the step under way and the share that is done, in [0, 1].
using Progress = std::function<void(const std::string& doing, double share)>;

// Called once for a target that is lost (base::is_loss): what was measured there stays, and the others are measured.
// Where nobody takes the call, the error is thrown.
using OnLoss = std::function<void(const std::string& target, const base::Error& error)>;

// A target on which a model is measured.
struct Subject {
  cost::Identity identity;
  rpc::Access* access = nullptr;
};

// Throws base::Error, naming the target, when it cannot be reached.
Subject make_subject(const std::string& digest, const std::string& target, rpc::Access& access);

// What identifies a machine for a profile: architecture, CPU, cores, memory, governor and emulated slowdown.
std::string fingerprint(const rpc::TargetDescription& description);
std::string engine_text(const rpc::TargetDescription& description);  // with its settings

// The stages that are timed besides the whole model: about equal shares of its kernels' time, cut where kernels end.
// Ranges ascend and cover all layers.
std::vector<cost::LayerRange> split_of(const model::Model& model, const cost::Examination& examination);

// Whether nothing is left to measure: an examination, the whole, and stages that cover it, all settled. Needs no model.
bool is_complete(const store::Store& store, const cost::Identity& identity, const MeasurementSettings& settings);

// Examines the model on every subject, then times the whole and the stages of split_of(), subjects and stages in turn,
// so that a drift of a machine touches all alike. Throws base::Error when a target refuses; all measurements until then
// are kept.
void measure_model(const model::Model& model, const std::vector<Subject>& subjects, store::Store& store,
                   rpc::OfferMaker& offers, const MeasurementSettings& settings, const Progress& progress,
                   const OnLoss& on_loss = {});

struct StageSubject {
  std::size_t subject = 0;
  std::vector<cost::LayerRange> ranges;
  auto operator<=>(const StageSubject&) const = default;
};

// Times stages as plans run them, in turn.
void measure_stages(const model::Model& model, const std::vector<Subject>& subjects,
                    const std::vector<StageSubject>& stages, store::Store& store, rpc::OfferMaker& offers,
                    const MeasurementSettings& settings, const Progress& progress, const OnLoss& on_loss = {});

// Has the target at the near end of the link probe it. Throws base::Error, naming the link.
cost::LinkCosts measure_link(const rpc::Targets& targets, const fleet::Link& link);

}  // namespace tandem::profile
