#include "deploy/turns.h"

#include <algorithm>
#include <utility>

namespace tandem::deploy {

bool Turns::has_any(const Route& route) const {
  const auto has_replicas = [&](const auto& each) { return targets_.machines_of(each.target).size() > 1; };
  return std::ranges::any_of(route.hops, [&](const rpc::Hop& hop) {
    return has_replicas(hop) || std::ranges::any_of(hop.offloads, has_replicas);
  });
}

Route Turns::next(Route route, const Machines& out) {
  std::map<std::string, std::string> chosen;
  const std::lock_guard lock(mutex_);
  const auto choose = [&](std::string& target) {
    const auto& replicas = targets_.machines_of(target);
    if (replicas.size() == 1) return;
    const auto [known, is_new] = chosen.try_emplace(target);
    if (is_new) known->second = next(replicas, out, turns_[target]);
    target = known->second;
  };
  for (auto& hop : route.hops) {
    choose(hop.target);
    for (auto& offload : hop.offloads) choose(offload.target);
    for (auto& deposit : hop.deposits) choose(deposit.target);
  }
  return route;
}

const std::string& Turns::next(const std::vector<std::string>& replicas, const Machines& out, std::size_t& turn) const {
  const auto advance = [&] { return std::exchange(turn, (turn + 1) % replicas.size()); };
  for (std::size_t tries = 0; tries < replicas.size(); ++tries) {
    const std::string& replica = replicas[advance()];
    if (!out.contains(replica)) return replica;
  }
  return replicas[advance()];
}

}  // namespace tandem::deploy
