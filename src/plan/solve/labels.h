// Label setting over the cuts of a chain: the K best plans under any number of limits, with memory, periods and targets
// that must be used. A label is a way to begin a plan (label.h). One that K others beat in everything that can still
// matter is dropped, which keeps the K best exact (Irnich and Desaulniers 2005, "Shortest path problems with resource
// constraints", with the dominance count of K shortest paths). Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// True for a total order of blocks without measured segments, and at most 64 sets of targets that must be used.
bool labels_fit(const Query& query);
// For a graph that is not a chain: the best of the plans that cut its order, which may not be the best of all.
Findings solve_labels(const Query& query);

}  // namespace tandem::plan
