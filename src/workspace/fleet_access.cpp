#include "workspace/fleet_access.h"

#include <utility>

#include "engine/slowed/slowed.h"
#include "fleet/replicas.h"
#include "rpc/credentials.h"
#include "rpc/peer.h"

namespace tandem::workspace {

fleet::Fleet read_fleet(const FleetOptions& options) {
  fleet::Fleet fleet = fleet::read_fleet(options.path);
  if (!options.certificates.empty()) fleet.certificates = options.certificates;
  fleet.revoked = options.revoked;
  return fleet;
}

FleetAccess::FleetAccess(fleet::Fleet fleet, double slowdown, engine::Engine& engine)
    : slowed_(engine::slowed(engine, slowdown)), targets_(reach(std::move(fleet))) {}

rpc::Targets FleetAccess::reach(fleet::Fleet fleet) {
  rpc::Credentials credentials;
  if (!fleet.certificates.empty())
    credentials = rpc::read_credentials({fleet.certificates, fleet.targets.front().name, fleet.revoked},
                                        {rpc::Role::Caller, rpc::Role::Operator});
  rpc::Limits limits;
  if (fleet.congestion_control) limits.congestion_control = *fleet.congestion_control;
  std::vector<std::unique_ptr<rpc::Access>> accesses;
  for (const auto& target : fleet::with_replicas_apart(fleet).targets) {
    if (target.address == fleet::kHere) {
      accesses.push_back(rpc::access_here(start_here(fleet, target.name, credentials, limits)));
    } else {
      accesses.push_back(rpc::access_to(std::make_unique<rpc::Peer>(target.name, target.address, credentials, limits)));
    }
  }
  return {std::move(fleet), std::move(accesses)};
}

agent::Agent& FleetAccess::start_here(const fleet::Fleet& fleet, const std::string& name,
                                      const rpc::Credentials& credentials, const rpc::Limits& limits) {
  agent::AgentSettings settings;
  settings.limits = limits;
  settings.name = name;
  settings.fleet = fleet;
  settings.credentials = credentials;
  here_ = std::make_unique<agent::Agent>(std::move(settings), *slowed_);
  return *here_;
}

std::vector<profile::Subject> FleetAccess::subjects(const std::string& digest, const profile::OnLoss& on_loss,
                                                    const std::set<std::string>& lost) const {
  std::vector<profile::Subject> subjects;
  for (const auto& target : targets_.fleet().targets) {
    if (lost.contains(target.name)) continue;
    try {
      subjects.push_back(profile::make_subject(digest, target.name, targets_.at(target.name)));
    } catch (const base::Error& error) {
      if (!on_loss || !base::is_loss(error.kind())) throw;
      on_loss(target.name, error);
    }
  }
  return subjects;
}

}  // namespace tandem::workspace
