// Solves layered problems, each by one minimum cut (flow.h). Private to plan/solve/.
//
// The construction is Ishikawa's (2003, "Exact optimization for Markov random fields with convex priors"): a copy of
// each node for each boundary, and infinite arcs that keep the copies nested. It adds the closure arcs of project
// selection (Picard 1976), and an auxiliary vertex for each wire with several readers, so that the wire is paid once.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/solve/layered.h"

namespace tandem::plan {

// The best assignment, by node; of several, the one with more nodes at early positions. The problem must be narrowed.
std::vector<std::uint8_t> lay(const Layered& layered);

// The same cost, by way of a contracted problem where there is one phase.
std::vector<std::uint8_t> lay_contracted(const Layered& layered);

}  // namespace tandem::plan
