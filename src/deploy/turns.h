// The turns of replicas: which machine of each target serves a request. Used by Deployment. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "deploy/lower.h"
#include "rpc/targets.h"

namespace tandem::deploy {

using Machines = std::set<std::string>;  // by the names of fleet/replicas.h

class Turns {
 public:
  explicit Turns(const rpc::Targets& targets) : targets_(targets) {}  // which must outlive this

  // Whether a target of the route has replicas.
  bool has_any(const Route& route) const;
  // The route with a machine in the place of each target that has replicas: the next in turn that is not out, or the
  // next at all where every one is. A target has the same machine throughout a route.
  Route next(Route route, const Machines& out = {});

 private:
  const std::string& next(const std::vector<std::string>& replicas, const Machines& out, std::size_t& turn) const;

  const rpc::Targets& targets_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> turns_;  // by target: the number of the replica that is next
};

}  // namespace tandem::deploy
