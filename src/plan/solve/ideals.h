// Periods on graphs: a search over chains of ideals, by threshold. For the plan of the least period it bisects the
// period; each pass is one sweep over the lattice. A sum under a limit of the period takes one threshold. Where the
// ideals are few that is exact, with memory, encodings, exits and up to three limits. Chains of ideals: Tarnawski et
// al. 2020 (ideal_lattice.h); bisection over bottleneck values: Pinar and Aykanat 2004, "Fast optimal load balancing
// algorithms for 1D partitioning", section 4. Private to plan/solve/.
#pragma once

#include <cstddef>

#include "plan/solve/query.h"

namespace tandem::plan {

// True where one plan of the least period, or within a limit of the period, is asked for, under at most three limits
// and 64 sets of targets that must be used.
bool ideals_fit(const Query& query);
// Passes over the lattice; kUnlimited where it is too large. Counts ideals, which takes up to a tenth of a second.
double ideals_effort(const Query& query);

// The best plan. Where there are too many ideals, that of those near the given order, unproven.
Findings solve_ideals(const Query& query);

}  // namespace tandem::plan
