// Exit policies from exit statistics, by replay of every sample of a held-out set. Assumes no independence or nesting
// of exits. Pure.
#pragma once

#include <vector>

#include "exits/replay.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The policy where every request stops at this exit (Edgent).
Policy fixed_exit(const Problem& problem, const exits::Samples& statistics, std::size_t exit);

// A request stops at the first of `exits` (ascending) whose confidence reaches its threshold, and at the last of them
// in any case (BranchyNet, section III-C). `thresholds` has one number for each exit but the last. Throws
// Error(InvalidInput) when statistics, problem and choice do not match.
Policy replay(const Problem& problem, const exits::Samples& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds);

// All fixed exits, and for each set of two or more exits every combination of the candidate thresholds. Throws
// Error(InvalidInput) when there are more than `limit`.
std::vector<Policy> all_policies(const Problem& problem, const exits::Samples& statistics,
                                 const std::vector<double>& candidate_thresholds, std::size_t limit = 100'000);

}  // namespace tandem::plan
