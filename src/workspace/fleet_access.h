// Access to the targets of a fleet: agents across the network, and the target in this process if the fleet has one.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "engine/engine.h"
#include "fleet/fleet.h"
#include "profile/measure.h"
#include "rpc/credentials.h"
#include "rpc/targets.h"

namespace tandem::workspace {

struct FleetOptions {
  std::string path;          // fleet file
  std::string certificates;  // folder made by `tandem certs`; empty: the one that the fleet file names
  std::string revoked;       // list of revoked certificates; empty: revoked.txt of that folder, where there is one
  double slowdown = 1;       // emulated, of the target that runs in this process
};

// The fleet file, with the certificates of the options. Throws base::Error.
fleet::Fleet read_fleet(const FleetOptions& options);

class FleetAccess {
 public:
  // `engine` runs the target in this process; it must outlive this. Throws base::Error when the certificates cannot be
  // read; does not contact targets yet.
  FleetAccess(fleet::Fleet fleet, double slowdown, engine::Engine& engine);

  const rpc::Targets& targets() const { return targets_; }

  // Every target but those that are lost, known already or not, for measuring the model of this digest. Throws
  // base::Error, naming the target, when one refuses, or cannot be reached and nobody takes the call.
  std::vector<profile::Subject> subjects(const std::string& digest, const profile::OnLoss& on_loss = {},
                                         const std::set<std::string>& lost = {}) const;

 private:
  rpc::Targets reach(fleet::Fleet fleet);
  agent::Agent& start_here(const fleet::Fleet& fleet, const std::string& name, const rpc::Credentials& credentials,
                           const rpc::Limits& limits);

  std::unique_ptr<engine::Engine> slowed_;  // runs stages in this process
  std::unique_ptr<agent::Agent> here_;
  rpc::Targets targets_;
};

}  // namespace tandem::workspace
