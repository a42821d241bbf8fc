// Replay of a policy on exit statistics, sample by sample. Assumes no independence or nesting of exits. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "exits/statistics.h"

namespace tandem::exits {

// For each exit and sample, the confidence by one measure, and whether the answer is right.
struct Samples {
  std::vector<std::vector<float>> confidence;  // by exit, by sample
  std::vector<std::vector<bool>> is_right;     // likewise
  std::size_t exit_count() const { return confidence.size(); }
  std::size_t sample_count() const { return confidence.empty() ? 0 : confidence[0].size(); }
};
Samples samples_of(const ExitStatistics& measured, Confidence confidence);

// Where samples stop: at the first of `exits` (ascending) whose confidence reaches its threshold, and at the last of
// them in any case (BranchyNet, section III-C). `thresholds` has one number for each exit but the last. Throws
// Error(InvalidInput) when samples and choice do not match.
struct Stops {
  std::vector<std::size_t> counts;  // by place in the policy's exits
  double accuracy = 0;              // percent right, of all samples
};
Stops count_stops(const Samples& samples, const std::vector<std::size_t>& exits, const std::vector<double>& thresholds);

}  // namespace tandem::exits
