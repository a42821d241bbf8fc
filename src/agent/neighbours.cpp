#include "agent/neighbours.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fleet/replicas.h"

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

namespace {

std::optional<fleet::Fleet> apart(const std::optional<fleet::Fleet>& fleet) {
  return fleet ? std::optional(fleet::with_replicas_apart(*fleet)) : std::nullopt;
}

}  // namespace

Neighbours::Neighbours(std::string self, const std::optional<fleet::Fleet>& fleet, rpc::Credentials credentials,
                       const rpc::Limits& limits)
    : self_(std::move(self)), fleet_(apart(fleet)), credentials_(std::move(credentials)), limits_(limits) {}

const fleet::Link* Neighbours::link_to(const std::string& name) const {
  const auto target = std::ranges::find(fleet_->targets, name, &fleet::Target::name);
  const auto self = std::ranges::find(fleet_->targets, self_, &fleet::Target::name);
  if (target == fleet_->targets.end() || self == fleet_->targets.end()) return nullptr;
  return fleet_->find_link(static_cast<std::size_t>(self - fleet_->targets.begin()),
                           static_cast<std::size_t>(target - fleet_->targets.begin()));
}

base::Result<rpc::Peer*> Neighbours::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (const auto known = peers_.find(name); known != peers_.end()) return known->second.get();
  if (!fleet_) {
    return Error(ErrorKind::Refused,
                 fmt::format("may not forward to '{}': this agent was started without a fleet file", name));
  }
  const fleet::Link* const link = link_to(name);
  if (link == nullptr) {
    return Error(ErrorKind::Refused,
                 fmt::format("may not forward to '{}': no such link in this agent's fleet file", name));
  }
  auto& peer = peers_[name];
  peer = std::make_unique<rpc::Peer>(name, link->address, credentials_, limits_);
  return peer.get();
}

}  // namespace tandem::agent
