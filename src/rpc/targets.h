// A fleet with access to each of its targets. Used by profiles, deployments and benchmarks. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet/fleet.h"
#include "rpc/access.h"

namespace tandem::rpc {

class Targets {
 public:
  // `accesses`: one for each target of the fleet, in its order.
  Targets(fleet::Fleet fleet, std::vector<std::unique_ptr<Access>> accesses);

  const fleet::Fleet& fleet() const { return fleet_; }
  Access& at(std::size_t target) const { return *accesses_.at(target); }
  Access& at(const std::string& target) const { return at(fleet_.index_of(target)); }  // throws Error(NotFound)
  // Whether it runs in this process. Throws likewise.
  bool is_here(const std::string& target) const {
    return fleet_.targets[fleet_.index_of(target)].address == fleet::kHere;
  }

 private:
  fleet::Fleet fleet_;
  std::vector<std::unique_ptr<Access>> accesses_;
};

}  // namespace tandem::rpc
