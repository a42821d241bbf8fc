// Exit policies from exit statistics, by replay: what each sample of a held-out set would have done, one by one. No
// independence or nesting of exits is assumed.
#pragma once

#include <vector>

#include "exits/replay.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Every request stops at this exit (Edgent).
Policy fixed_exit(const Problem& problem, const exits::Samples& statistics, std::size_t exit);

// A request stops at the first of `exits` (ascending) whose confidence reaches its threshold, and at the last of them
// in any case (BranchyNet, section III-C). `thresholds` has one number for each exit but the last. Throws
// Error(InvalidInput) when statistics, problem and choice do not fit together.
Policy replay(const Problem& problem, const exits::Samples& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds);

// All fixed exits, and for each set of two or more exits every combination of the candidate thresholds. Throws
// Error(InvalidInput) when that makes more than `limit`.
std::vector<Policy> all_policies(const Problem& problem, const exits::Samples& statistics,
                                 const std::vector<double>& candidate_thresholds, std::size_t limit = 100'000);

}  // namespace tandem::plan
