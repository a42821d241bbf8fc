// A lower bound that needs no search: for when one is stopped before it has a better one. Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// No plan of the query costs less. A sum: every block where it costs least. A period: the longest block where it is
// fastest, or the mean time of a stage if every tier had one. kUnlimited: some block may run nowhere.
double floor_of(const Query& query);

}  // namespace tandem::plan
