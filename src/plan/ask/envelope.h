// The best plans over a range of bandwidths, as the lower envelope of lines: the cost of a plan is linear in one over
// the bandwidth. Serves the plan map. Private to plan/ask/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// One over a bandwidth (1/Mbps). Both ends are included.
struct Range {
  double from = 0;
  double to = 0;
};

// The cost of a decision at x, one over the bandwidth: fixed + slope · x.
struct Line {
  Decision decision;
  double fixed = 0;
  double slope = 0;
  double at(double x) const { return fixed + slope * x; }
};

// A line where it is the lowest.
struct Piece {
  Range range;
  Line line;
};

// A problem at other bandwidths of some of its links (empty: all).
class Scale {
 public:
  Scale(const Problem& problem, const std::vector<std::size_t>& links);

  // With `bandwidth_mbps` for the upload of the first link; the others scale by the same factor, both ways.
  Problem at(double bandwidth_mbps) const;

 private:
  const Problem& problem_;
  std::vector<std::size_t> links_;  // not empty
};

// Pieces in order, without gaps; none where no plan is feasible at the start of the range. The problem must have linear
// costs: no periods, shares or deadlines. Solves it where two known lines meet: if there is no lower line at that
// point, the two are neighbours (Eisner and Severance 1976).
std::vector<Piece> lower_envelope(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
                                  const SolveOptions& options);

}  // namespace tandem::plan
