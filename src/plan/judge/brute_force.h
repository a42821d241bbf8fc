// Exhaustive search over the decisions of a small problem, and random problems that cover all of problem.h. Tests
// compare the solvers with it. Private to plan/.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// A small problem of any kind: chains and graphs, missing links, tensors that cannot be sent, lossy codecs, loads,
// watts, exits, every objective, and up to three constraints that bind about half of the time. It has at most
// `most_decisions` valid decisions, and passes check().
Problem random_problem(std::mt19937& random, std::size_t most_decisions = 2'500);

// All decisions that price() accepts, feasible or not, by plain recursion; at most `most` of them.
std::vector<Decision> every_decision(const Problem& problem, std::size_t most = kNone);
std::vector<Plan> every_plan(const Problem& problem);

// The first `count` feasible ones by cost, and where costs are equal (to rounding) by latency.
std::vector<Plan> best_by_brute_force(const Problem& problem, std::size_t count);

// Whether two costs are the same but for rounding.
bool is_same_cost(double left, double right);

}  // namespace tandem::plan
