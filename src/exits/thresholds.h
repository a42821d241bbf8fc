// Thresholds for the exits of a model: the cheapest ones at an accuracy, found on the calibration part of a data set
// and reported on the test part. BranchyNet (section III-C) and SPINN (section 4.1) choose theirs by hand or on a grid.
// Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "exits/replay.h"

namespace tandem::exits {

// A request that stops at exit e costs trunk_cost[e], and the head_cost of each exit of its policy up to e. All are
// finite and not negative. The functions below throw Error(InvalidInput) when they are not, when there is not one for
// each exit of the samples, and when the samples are inconsistent.
struct ExitCosts {
  std::vector<double> trunk_cost;  // by exit: of the layers that lead to it, without any head; ascending
  std::vector<double> head_cost;   // by exit: of its head alone
};

struct ThresholdPolicy {
  std::vector<std::size_t> exits;  // ascending; a request always stops at the last one
  std::vector<double> thresholds;  // of each but the last
  std::vector<double> shares;      // by exit: the share of the evaluated samples that stop there
  double accuracy = 0;             // percent of them right
  double mean_cost = 0;            // of a request
};

// Replays a policy: its shares, accuracy and mean cost on any samples. Those of `policy` are ignored.
ThresholdPolicy evaluate(const Samples& samples, const ExitCosts& costs, ThresholdPolicy policy);

// The cheapest policy with an accuracy of at least `least_accuracy` percent on these samples, over every set of exits.
// The candidate thresholds of an exit are the confidences of its samples: at most `candidates` quantiles. Some sample
// stops at each of the policy's exits. Exact for up to four exits (at 100 candidates); for more, by descent along pairs
// of thresholds from several starts: a test holds it within 2 % of the exhaustive answer. Takes 0.1 s for 5 exits and
// 5,000 samples, and longer with the cube of the exits. A fixed exit is such a policy. Throws Error(NotFound), with the
// best accuracy, when no policy reaches the accuracy.
ThresholdPolicy cheapest(const Samples& samples, const ExitCosts& costs, double least_accuracy,
                         std::size_t candidates = 100);

// The policies of the search that no other beats in both accuracy and mean cost, from the cheapest to the most
// accurate: at most `count`, fixed exits among them where they qualify. The planner chooses from them.
std::vector<ThresholdPolicy> front(const Samples& samples, const ExitCosts& costs, std::size_t count = 24,
                                   std::size_t candidates = 100);

}  // namespace tandem::exits
