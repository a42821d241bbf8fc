// The dynamic program over pairs of ideals of Tarnawski et al. 2020, section 5.1 (their program throughput-dp), written
// plainly: what workload_bench compares with. Loads are those of this planner, so that the answers are the same.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "plan/problem/problem.h"

namespace tandem::bench {

struct BaselineAnswer {
  double period_ms = 0;
  std::size_t ideals = 0;
  std::size_t pairs = 0;  // of an ideal and one that it contains
};

// For the problems of workload_cases.h. Nothing: there are more than 60,000 ideals, as in their program, or it had to
// stop.
std::optional<BaselineAnswer> plan_by_pairs_of_ideals(const plan::Problem& problem,
                                                      const std::function<bool()>& must_stop);

}  // namespace tandem::bench
