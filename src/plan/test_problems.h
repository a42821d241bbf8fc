// Problems for plan's own tests: a small one by hand, random ones that cover all of problem.h, and brute force over
// every valid decision.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/problem.h"

namespace tandem::plan {

// Three blocks of three layers each in a chain, on device, edge and cloud, all linked; the tensors get smaller.
Problem three_targets();

// The same with an exit after the first block (a head of its own, block 1) and one at the end, and no policy yet.
Problem with_early_exit();

Constraint at_most(Metric metric, double limit, std::vector<std::size_t> targets = {});

// These positions with everything that crosses sent in its first encoding.
Decision decide(const Problem& problem, std::vector<std::size_t> route, std::vector<std::size_t> position,
                std::size_t policy = 0);

// A small problem of any kind: chains and graphs, missing links, tensors that cannot be sent, lossy codecs, loads,
// watts, exits, every objective, and up to three constraints that bind about half of the time. It has at most
// `most_decisions` valid decisions, and passes check().
Problem random_problem(std::mt19937& random, std::size_t most_decisions = 2'500);

// All that price() takes, by plain recursion, whether or not constraints allow it; just some if there are `most`.
std::vector<Decision> every_decision(const Problem& problem, std::size_t most = kNone);
std::vector<Plan> every_plan(const Problem& problem);

// The first `count` feasible ones by cost, and where costs are equal (to rounding) by latency.
std::vector<Plan> best_by_brute_force(const Problem& problem, std::size_t count);

// Whether two costs are the same but for rounding.
bool is_same_cost(double left, double right);

// What check() says of a problem; empty: nothing.
std::string complaint_about(const Problem& problem);

}  // namespace tandem::plan
