// Measured times of whole stages (Segment of problem.h) as solvers see them: by target and ranks, each with the time
// that such a stage takes beyond the sum of its parts, which may be below zero. Private to plan/solve/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/solve/scenario.h"

namespace tandem::plan {

class Segments {
 public:
  // A stage that runs exactly the ranks [begin, end), all of one phase.
  struct Known {
    std::size_t begin = 0;
    std::size_t end = 0;
    double ms = 0;        // load included
    double extra_ms = 0;  // beyond the sum of the parts
  };

  Segments() = default;
  Segments(const Problem& problem, const Scenario& scenario);

  bool empty() const { return by_target_.empty(); }
  std::span<const Known> of(std::size_t target) const {
    return empty() ? std::span<const Known>() : std::span<const Known>(by_target_[target]);
  }

  // nullptr: the time of such a stage is the sum of its parts.
  const Known* find(std::size_t target, std::size_t begin, std::size_t end) const {
    const auto known = of(target);
    const auto found = std::ranges::lower_bound(known, std::pair(begin, end), {},
                                                [](const Known& each) { return std::pair(each.begin, each.end); });
    return found != known.end() && found->begin == begin && found->end == end ? &*found : nullptr;
  }

 private:
  std::vector<std::vector<Known>> by_target_;  // ascending; empty: there are none at all
};

}  // namespace tandem::plan
