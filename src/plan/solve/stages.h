// Label setting over the beginnings of stages of a chain: periods and measured stages, any limits, several plans.
// Private to plan/solve/.
#pragma once

#include "plan/solve/query.h"

namespace tandem::plan {

// True for a total order of blocks, at most 64 sets of targets that must be used, and segments, or a period and several
// plans. (One plan by its period is found sooner by `ideals`; without periods, `labels` takes fewer steps.)
bool stages_fit(const Query& query);

// The best plans. Each stage is priced whole, so that no label stands for the time of an unfinished one.
Findings solve_stages(const Query& query);

}  // namespace tandem::plan
