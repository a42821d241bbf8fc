#include "workspace/fleet_access.h"

#include <utility>

#include "engine/slowed/slowed.h"
#include "rpc/credentials.h"
#include "rpc/peer.h"

namespace tandem::workspace {

fleet::Fleet read_fleet(const FleetOptions& options) {
  fleet::Fleet fleet = fleet::read_fleet(options.path);
  if (!options.certificates.empty()) fleet.certificates = options.certificates;
  return fleet;
}

FleetAccess::FleetAccess(fleet::Fleet fleet, double slowdown, engine::Engine& engine)
    : fleet_(std::move(fleet)), slowed_(engine::slowed(engine, slowdown)) {
  rpc::Credentials credentials;
  if (!fleet_.certificates.empty())
    credentials = rpc::read_credentials(fleet_.certificates, fleet_.targets.front().name);
  for (const auto& target : fleet_.targets) {
    if (target.address == fleet::kHere) {
      add_here(target.name, credentials);
    } else {
      targets_.push_back(rpc::access_to(std::make_unique<rpc::Peer>(target.name, target.address, credentials)));
    }
  }
}

void FleetAccess::add_here(const std::string& name, const rpc::Credentials& credentials) {
  agent::AgentSettings settings;
  settings.name = name;
  settings.fleet = fleet_;
  settings.credentials = credentials;
  here_ = std::make_unique<agent::Agent>(std::move(settings), *slowed_);
  targets_.push_back(rpc::access_here(*here_));
}

std::vector<profile::Subject> FleetAccess::subjects(const std::string& digest) const {
  std::vector<profile::Subject> subjects;
  for (std::size_t i = 0; i < targets_.size(); ++i)
    subjects.push_back(profile::make_subject(digest, fleet_.targets[i].name, *targets_[i]));
  return subjects;
}

}  // namespace tandem::workspace
