// Exit policies from exit statistics, by replay: what each sample of a held-out set would have done, one by one. No
// independence or nesting of exits is assumed.
#pragma once

#include <vector>

#include "cost/exit_statistics.h"
#include "plan/problem.h"

namespace tandem::plan {

// What each exit said of each sample.
struct ExitStatistics {
  std::vector<std::vector<float>> confidence;  // by exit, by sample
  std::vector<std::vector<bool>> is_right;     // likewise
  std::size_t exit_count() const { return confidence.size(); }
  std::size_t sample_count() const { return confidence.empty() ? 0 : confidence[0].size(); }
};

// Of what was measured, all that policies look at.
ExitStatistics statistics_of(const cost::ExitStatistics& measured, cost::Confidence confidence);

// Where samples stop, as replay() has it.
struct Stops {
  std::vector<std::size_t> counts;  // by place in the policy's exits
  double accuracy = 0;              // percent right, of all samples
};
Stops count_stops(const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
                  const std::vector<double>& thresholds);

// Every request stops at this exit (Edgent).
Policy fixed_exit(const Problem& problem, const ExitStatistics& statistics, std::size_t exit);

// A request stops at the first of `exits` (ascending) whose confidence reaches its threshold, and at the last of them
// in any case (BranchyNet, section III-C). `thresholds` has one number for each exit but the last. Throws
// Error(InvalidInput) when statistics, problem and choice do not fit together.
Policy replay(const Problem& problem, const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds);

// All fixed exits, and for each set of two or more exits every combination of the candidate thresholds. Throws
// Error(InvalidInput) when that makes more than `limit`.
std::vector<Policy> all_policies(const Problem& problem, const ExitStatistics& statistics,
                                 const std::vector<double>& candidate_thresholds, std::size_t limit = 100'000);

}  // namespace tandem::plan
