// The decision behind a label of the search for plans with work in parallel. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/solve/parallel_items.h"
#include "plan/solve/parallel_states.h"
#include "plan/solve/parallel_windows.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// Of the label at this place of the state where all items have run.
Decision trace_parallel(const Query& query, const ParallelItems& items, ParallelStates& states,
                        ParallelWindows& windows, std::uint32_t state, std::size_t place);

}  // namespace tandem::plan
