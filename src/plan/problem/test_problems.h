// Small problems by hand, for plan's own tests. Random ones: plan/judge/brute_force.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Three blocks of three layers each in a chain, on device, edge and cloud, all linked; the tensors get smaller.
Problem three_targets();

// The same with an exit after the first block (a head of its own, block 1) and one at the end, and no policy yet.
Problem with_early_exit();

// The same, and half of the requests stop at the early exit.
Problem with_half_exiting();

Constraint at_most(Metric metric, double limit, std::vector<std::size_t> targets = {});

// These positions with everything that crosses sent in its first encoding.
Decision decide(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position,
                std::size_t policy = 0);

// What check() says of a problem; empty: nothing.
std::string complaint_about(const Problem& problem);

}  // namespace tandem::plan
