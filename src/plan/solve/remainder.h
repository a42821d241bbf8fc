// A lower bound on what the rest of a plan adds to a functional, from a cut and a target on. The label search drops
// beginnings that cannot end within a limit. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

class Remainder {
 public:
  // `links`: those that a plan may use, by the tier that they start from.
  Remainder(const Query& query, const Functional& functional, const std::vector<std::size_t>& links);

  // Of the blocks from rank `cut` on, where the data of the cut is on `target`; kUnlimited: no plan leads on from here.
  double from(std::size_t cut, std::size_t target) const { return least_[cut * targets_ + target] + overheads_; }

 private:
  double& at(std::size_t cut, std::size_t target) { return least_[cut * targets_ + target]; }
  void relax(const Query& query, const Functional& functional, std::size_t cut, std::size_t link);

  std::size_t targets_;
  std::vector<double> least_;  // by (cut, target), without the overheads of stages
  double overheads_ = 0;       // a lower bound on those of all stages: below zero, or zero
};

}  // namespace tandem::plan
