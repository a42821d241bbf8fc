// A fleet with access to each of its machines. Used by profiles, deployments and benchmarks. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fleet/fleet.h"
#include "rpc/access.h"

namespace tandem::rpc {

class Targets {
 public:
  // `accesses`: one for each machine of the fleet, in the order of fleet::with_replicas_apart.
  Targets(fleet::Fleet fleet, std::vector<std::unique_ptr<Access>> accesses);

  const fleet::Fleet& fleet() const { return fleet_; }
  // A target, or a machine by its name. Of replicas, the one that stands for them all. Throws Error(NotFound).
  Access& at(std::size_t target) const { return at(fleet_.targets.at(target).name); }
  Access& at(const std::string& name) const;
  // Whether it runs in this process. Throws likewise.
  bool is_here(const std::string& name) const;

  // The names of a target's machines, in the file's order; of a machine, itself. Throws likewise.
  const std::vector<std::string>& machines_of(const std::string& name) const;
  // The one that stands for a target: of replicas, the first that answered when it was first asked for, or the first
  // where none did. Throws likewise.
  const std::string& machine_for(const std::string& name) const;
  // The target that a machine is a replica of, or itself. Throws likewise.
  const std::string& target_of(const std::string& machine) const;

 private:
  struct Machine {
    std::unique_ptr<Access> access;
    std::string target;
    std::vector<std::string> itself;
    bool is_here = false;
  };
  const Machine& machine(const std::string& name) const;
  const std::string& first_that_answers(const std::vector<std::string>& replicas) const;

  fleet::Fleet fleet_;
  std::map<std::string, Machine> machines_;                   // by name
  std::map<std::string, std::vector<std::string>> replicas_;  // of targets that have some
  mutable std::mutex choosing_;
  mutable std::map<std::string, const std::string*> chosen_;  // of them, the one that stands for all
};

}  // namespace tandem::rpc
