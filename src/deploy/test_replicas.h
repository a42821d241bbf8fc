// For tests of replicas: a device in this process, and an edge of several agents behind servers.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "deploy/test_cluster.h"
#include "fleet/replicas.h"

namespace tandem::deploy {

// A target without addresses of its own is one machine.
inline fleet::Fleet fleet_with_replicas(const std::vector<std::string>& addresses) {
  fleet::Fleet fleet;
  fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere}, {"edge", fleet::Tier::Edge, addresses.front()}};
  fleet.links = {{0, 1, addresses.front()}};
  if (addresses.size() == 1) return fleet;
  fleet.targets[1].addresses = fleet.links[0].addresses = addresses;
  fleet.targets[1].replicas = addresses.size();
  return fleet;
}

// The small model of test_parts.h over a device here and `count` replicas of an edge.
class ReplicaCluster {
 public:
  explicit ReplicaCluster(std::size_t count, Cluster::MakeEngine make_engine = real_engine)
      : make_engine_(std::move(make_engine)) {
    for (std::size_t i = 0; i < count; ++i) {
      edges.push_back(std::make_unique<Node>(name_of(i), make_engine_(name_of(i)), std::nullopt));
      edges.back()->start();
    }
    std::vector<std::string> addresses;
    for (const auto& edge : edges) addresses.push_back("127.0.0.1:" + std::to_string(edge->port));
    fleet = fleet_with_replicas(addresses);
    device.emplace("device", make_engine_("device"), fleet);
    targets.emplace(fleet, accesses_to(fleet::with_replicas_apart(fleet), device->agent));
    deployment.emplace(model, *targets);
  }

  static std::string name_of(std::size_t index) { return "edge." + std::to_string(index + 1); }
  void lose(std::size_t index) { edges[index]->server.reset(); }
  void restart_empty(std::size_t index) {
    const int port = edges[index]->port;
    edges[index].reset();
    edges[index] = std::make_unique<Node>(name_of(index), make_engine_(name_of(index)), std::nullopt);
    edges[index]->port = port;
    edges[index]->start();
  }

  const model::Model model = agent::branchy_model();
  fleet::Fleet fleet;
  std::vector<std::unique_ptr<Node>> edges;
  std::optional<Node> device;
  std::optional<rpc::Targets> targets;
  std::optional<Deployment> deployment;

 private:
  Cluster::MakeEngine make_engine_;
};

// The names of the targets or machines that took part.
inline std::vector<std::string> machines_of(const Answer& answer) {
  std::vector<std::string> names;
  for (const auto& hop : answer.hops) names.push_back(hop.target);
  return names;
}

}  // namespace tandem::deploy
