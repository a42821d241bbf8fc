// The peers that a target may forward to: those that a link of its fleet leads to. Thread-safe. Private to agent/.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "fleet/fleet.h"
#include "rpc/credentials.h"
#include "rpc/limits.h"
#include "rpc/peer.h"

namespace tandem::agent {

class Neighbours {
 public:
  // `self` is the name of the machine in the fleet: a target's or a replica's. Without a fleet there are no neighbours.
  Neighbours(std::string self, const std::optional<fleet::Fleet>& fleet, rpc::Credentials credentials,
             const rpc::Limits& limits);

  // Lives as long as this does. Fails with Refused when the fleet has no such link.
  base::Result<rpc::Peer*> find(const std::string& name);

 private:
  const fleet::Link* link_to(const std::string& name) const;

  const std::string self_;
  const std::optional<fleet::Fleet> fleet_;  // with replicas apart
  const rpc::Credentials credentials_;
  const rpc::Limits limits_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<rpc::Peer>> peers_;  // made when first used
};

}  // namespace tandem::agent
