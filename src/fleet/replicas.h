// The machines of a fleet: a target with several addresses is as many machines, its replicas, each with a name and a
// certificate of its own. Used by agents, certificates and access to targets. Pure: any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fleet/fleet.h"

namespace tandem::fleet {

inline constexpr std::size_t kMostMachines = 1'000;  // links between all of them still fit in memory
inline constexpr std::size_t kMostLinks = 1'000'000;

// The names of a target's machines: "edge.1", "edge.2" where it has several addresses, in their order, else its own.
std::vector<std::string> machines_of(const Target& target);

// The same fleet with each replica as a target of its own, in its target's place, and each link once for every pair of
// machines at its ends.
Fleet with_replicas_apart(const Fleet& fleet);

// Throws Error(InvalidInput), with `source` before it, where replicas cannot be told from other targets, requests would
// come from several machines, or there are more machines or links than a fleet may have.
void check_replicas(const Fleet& fleet, const std::string& source);

}  // namespace tandem::fleet
