// Random problems that cover all of problem.h, small enough for brute_force.h. For tests. Private to plan/.
#pragma once

#include <cstddef>
#include <random>

#include "plan/judge/random_feature.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The magnitude of each number. Usual: as in practice. Any: each time, size, bandwidth and power by itself, from 1e-6
// to 1e9 (watts to 1e3).
enum class Magnitudes { Usual, Any };

// A small problem of any kind: chains and graphs, missing links, tensors that cannot be sent, lossy codecs, loads,
// watts, exits, every objective, and up to three constraints that bind about half of the time. It has at most
// `most_decisions` valid decisions, and passes check(). With a feature, its own kind of question besides.
Problem random_problem(std::mt19937& random, std::size_t most_decisions = 2'500,
                       Magnitudes magnitudes = Magnitudes::Usual, Feature feature = Feature::None);

// A small problem of any kind with work in parallel allowed, mostly graphs of three to five blocks under policies with
// one exit.
Problem random_parallel_problem(std::mt19937& random, std::size_t most_decisions = 30'000);

}  // namespace tandem::plan
