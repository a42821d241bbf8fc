#include "deploy/delivery.h"

#include <algorithm>
#include <set>

#include "deploy/deployment.h"

namespace tandem::deploy {
namespace {

using base::Error;

constexpr base::Milliseconds kUploadTimeout{30.0 * 60 * 1000};

}  // namespace

Parcel pack(const model::Part& part, rpc::OfferMaker& offers) {
  Parcel parcel{offers.make(part), rpc::tensors_of(part)};
  for (const auto& weight : parcel.weights) parcel.weight_bytes += weight.size();
  return parcel;
}

base::Deadline limit_for(const std::string& target, const rpc::Targets& targets, base::Deadline deadline) {
  const auto longest = base::Deadline::after(kUploadTimeout);
  return targets.is_here(target) ? longest : earlier(deadline, longest);
}

void fail(const std::string& target, const Error& error) {
  if (base::is_loss(error.kind())) throw LostTarget(target, error);
  throw error.at(target);
}

Placements placements_of(const std::vector<LoweredPlan>& plans, const rpc::Targets& targets, const Machines& out) {
  std::set<std::pair<std::string, PartLayers>> placements;
  const auto place = [&](const std::string& target, const PartLayers& layers) {
    for (const auto& machine : targets.machines_of(target)) {
      if (!out.contains(machine)) placements.emplace(machine, layers);
    }
  };
  for (const auto& plan : plans) {
    for (std::size_t i = 0; i < plan.parts.size(); ++i) {
      const rpc::Hop& hop = plan.route.hops[i];
      for (const auto& layers : plan.parts[i]) place(hop.target, layers);
      for (std::size_t k = 0; k < hop.offloads.size(); ++k) {
        for (const auto& layers : plan.offloaded[i][k]) place(hop.offloads[k].target, layers);
      }
    }
  }
  Placements in_turn(placements.begin(), placements.end());
  std::ranges::stable_partition(in_turn, [&](const auto& placement) { return !targets.is_here(placement.first); });
  return in_turn;
}

Parcels pack_all(const Placements& placements, const model::Model& model, rpc::OfferMaker& offers) {
  Parcels parcels;
  for (const auto& [target, layers] : placements) {
    if (!parcels.contains(layers)) parcels.emplace(layers, pack(model.extract(layers), offers));
  }
  return parcels;
}

void send(const Placements& placements, const Parcels& parcels, const rpc::Targets& targets,
          const UploadProgress& progress, base::Deadline deadline) {
  std::size_t total_bytes = 0;
  for (const auto& [target, layers] : placements) total_bytes += parcels.at(layers).weight_bytes;
  std::size_t sent_bytes = 0;
  const auto report = [&](std::size_t part_bytes) {
    if (progress) progress(sent_bytes + part_bytes, total_bytes);
  };
  for (const auto& [target, layers] : placements) {
    const Parcel& parcel = parcels.at(layers);
    const auto limit = limit_for(target, targets, deadline);
    const auto status = targets.at(target).upload(parcel.offer, parcel.weights, limit, report);
    if (!status) fail(target, status.error());
    sent_bytes += parcel.weight_bytes;
    report(0);
  }
}

}  // namespace tandem::deploy
