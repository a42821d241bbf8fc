// Where a request should stop: thresholds, one per exit, that cost least at an accuracy, found on the calibration part
// and to be reported on the test part. What BranchyNet (section III-C) and SPINN (section 4.1) choose by hand or on a
// grid. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "exits/replay.h"

namespace tandem::exits {

// A request that stops at exit e of the statistics costs trunk_cost[e] and the head_cost of each exit of its policy up
// to e. All are finite and not negative. Functions that take them throw Error(InvalidInput) when they are not, when
// they are not of as many exits as the statistics are, and when the statistics do not fit together.
struct ExitCosts {
  std::vector<double> trunk_cost;  // by exit: of what leads to it, without any head; ascending
  std::vector<double> head_cost;   // by exit: of its head alone
};

struct ThresholdPolicy {
  std::vector<std::size_t> exits;  // ascending; the last one always stops
  std::vector<double> thresholds;  // of each but the last
  std::vector<double> shares;      // by exit: of the samples that it was evaluated on, how many stop there
  double accuracy = 0;             // percent of them right
  double mean_cost = 0;            // of a request
};

// Replays a policy: its accuracy and its mean cost on any statistics. `policy`'s own figures are ignored.
ThresholdPolicy evaluate(const Samples& samples, const ExitCosts& costs, ThresholdPolicy policy);

// The cheapest policy with an accuracy of at least `least_accuracy` percent on these statistics: over every set of
// exits and, for each exit, thresholds that are the confidences of its samples (at most `levels` quantiles of them). At
// each of its exits some sample stops. Exact over those for models of up to four exits (at 100 levels); for more, by
// descent along pairs of thresholds from several starts: a test holds it within 2 % of the exhaustive answer. Takes 0.1
// s for 5 exits and 5,000 samples, and longer with the cube of the exits. A fixed exit is such a policy. Throws
// Error(NotFound), naming the best accuracy there is, when no policy reaches the accuracy.
ThresholdPolicy cheapest(const Samples& samples, const ExitCosts& costs, double least_accuracy,
                         std::size_t levels = 100);

// Policies none of which another, of those looked at, beats in both accuracy and mean cost, from the cheapest to the
// most accurate; at most `count`, fixed exits among them where they qualify. What the planner gets to choose from.
std::vector<ThresholdPolicy> front(const Samples& samples, const ExitCosts& costs, std::size_t count = 24,
                                   std::size_t levels = 100);

}  // namespace tandem::exits
