// Small problems, written by hand, for the tests of plan. Random problems: plan/judge/random_problem.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Three blocks of three layers each in a chain, on device, edge and cloud, all linked; the tensors get smaller.
Problem three_targets();

// A stem, two branches and their join on a device and an edge that is twice as fast; work in parallel is allowed.
Problem two_branches();
// All on the device, and the second branch meanwhile on the edge.
Decision branch_on_edge();

// three_targets() with an exit after the first block (a head of its own, block 1) and one at the end, and no policy
// yet.
Problem with_early_exit();

// The same, and half of the requests stop at the early exit.
Problem with_half_exiting();

Constraint at_most(Metric metric, double limit, std::vector<std::size_t> targets = {});

// The decision with these positions, and the first encoding of every tensor that crosses.
Decision decide(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position,
                std::size_t policy = 0);

// The message of check() for a problem; empty: it passes.
std::string complaint_about(const Problem& problem);

}  // namespace tandem::plan
