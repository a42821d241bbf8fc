// Measures a model on a target, and the links of a fleet.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cost/costs.h"
#include "cost/fleet.h"
#include "model/model.h"
#include "rpc/access.h"
#include "rpc/offer.h"

namespace tandem::profile {

struct Settings {
  double relative_interval = 0.02;  // repeat until the 95 % interval of the median is within this share of it …
  double longest_ms = 15'000;       // … or this much time has gone into one figure
  int kernel_runs = 10;
};

// Told what is going on and how far it is, in [0, 1].
using Progress = std::function<void(const std::string& doing, double share)>;

// Times the whole model, its kernels, and what another stage costs (the model in a few contiguous parts, interleaved
// with the whole). Throws base::Error when the target cannot be reached or refuses.
cost::ModelCosts measure_model(const model::Model& model, const std::string& digest, const std::string& target,
                               rpc::Access& access, rpc::OfferMaker& offers, const Settings& settings,
                               const Progress& progress);

// Each link is probed by the target at its near end. Throws base::Error, naming the link.
cost::LinkCosts measure_link(const cost::Fleet& fleet, const cost::Link& link, rpc::Access& near_end);

// What identifies a machine for a profile: architecture, CPU, cores, threads and emulated slowdown.
std::string fingerprint(const rpc::TargetDescription& description);

}  // namespace tandem::profile
