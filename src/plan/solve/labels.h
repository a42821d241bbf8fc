// Label setting over the cuts of a chain: the K best plans, limits of any number, memory, periods, targets that must be
// used. A label is a way to begin a plan; one that K others beat in everything that can still matter is dropped, which
// keeps the K best exact (Irnich and Desaulniers 2005, "Shortest path problems with resource constraints", with the
// dominance count of K shortest paths). Private to plan/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// True for any query over a total order of blocks.
bool labels_fit(const Query& query);
// On a graph that is no chain: the best of the plans that cut its order, which may not be the best of all.
Findings solve_labels(const Query& query);

}  // namespace tandem::plan
