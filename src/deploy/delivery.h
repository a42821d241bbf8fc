// Parts and their weights on their way to targets. Private to deploy/.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"
#include "deploy/lower.h"
#include "deploy/turns.h"
#include "model/model.h"
#include "rpc/offer.h"
#include "rpc/targets.h"

namespace tandem::deploy {

// A part as targets receive it.
struct Parcel {
  rpc::PartOffer offer;
  std::vector<base::Tensor> weights;
  std::size_t weight_bytes = 0;
};
Parcel pack(const model::Part& part, rpc::OfferMaker& offers);

using Parcels = std::map<PartLayers, Parcel>;
using Placements = std::vector<std::pair<std::string, PartLayers>>;  // each part on each machine that is to hold it

// On all machines of each target but those that are out. Those across the network come first: they alone may be late.
Placements placements_of(const std::vector<LoweredPlan>& plans, const rpc::Targets& targets, const Machines& out);
Parcels pack_all(const Placements& placements, const model::Model& model, rpc::OfferMaker& offers);

// Until when a target must have its share: half an hour at most. Work in this process needs no network, and takes the
// time that it takes.
base::Deadline limit_for(const std::string& target, const rpc::Targets& targets, base::Deadline deadline);

// Throws LostTarget (deployment.h) or the error with the target's name.
[[noreturn]] void fail(const std::string& target, const base::Error& error);

// `progress` is given the bytes of weights sent so far and in all.
void send(const Placements& placements, const Parcels& parcels, const rpc::Targets& targets,
          const std::function<void(std::size_t sent_bytes, std::size_t total_bytes)>& progress,
          base::Deadline deadline);

}  // namespace tandem::deploy
