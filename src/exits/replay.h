// What each sample of a held-out set would have done under a policy, one by one: exit statistics replayed. No
// independence or nesting of exits is assumed. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "exits/statistics.h"

namespace tandem::exits {

// What each exit said of each sample, by one measure of confidence: all that policies look at.
struct Samples {
  std::vector<std::vector<float>> confidence;  // by exit, by sample
  std::vector<std::vector<bool>> is_right;     // likewise
  std::size_t exit_count() const { return confidence.size(); }
  std::size_t sample_count() const { return confidence.empty() ? 0 : confidence[0].size(); }
};
Samples samples_of(const ExitStatistics& measured, Confidence confidence);

// Where samples stop: at the first of `exits` (ascending) whose confidence reaches its threshold, and at the last of
// them in any case (BranchyNet, section III-C). `thresholds` has one number for each exit but the last. Throws
// Error(InvalidInput) when samples and choice do not fit together.
struct Stops {
  std::vector<std::size_t> counts;  // by place in the policy's exits
  double accuracy = 0;              // percent right, of all samples
};
Stops count_stops(const Samples& samples, const std::vector<std::size_t>& exits, const std::vector<double>& thresholds);

}  // namespace tandem::exits
