// Makes layered problems smaller. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/layered.h"

namespace tandem::plan {

// Merges nodes that some best assignment keeps together, whatever the other nodes do; for one phase only. `group` gets
// the new node of each old one. The least cost stays the same; some of the assignments that reach it may be lost.
//
// Two neighbours on a wire with one reader are merged when moving one of them to the other never costs more, wherever
// the wire could be cut. Example: a convolution whose output is no smaller than its input and that runs faster further
// on is merged with its reader, since a cut before it is always better.
Layered contract(const Layered& layered, std::vector<std::size_t>& group);

}  // namespace tandem::plan
