// Why a plan is the best one, or why there is none: text for people, one fact a line.
#pragma once

#include <string>
#include <vector>

#include "plan/ask/binding.h"
#include "plan/ask/clash.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// The best plan of the solution, stage by stage and hop by hop; the bound that proves it; by how much and where every
// runner-up and every native plan loses against it; the constraints that bind and the gain from relaxing them. The
// solution has at least one plan.
std::string explain(const Problem& problem, const Solution& solution, const std::vector<Plan>& natives,
                    const std::vector<Binding>& bindings);

// Which constraints cannot hold together, and the plans that come nearest.
std::string explain(const Problem& problem, const Clash& clash);

// "0–3, 7, 9–12": at most `most` ranges, then how many more there are.
std::string text_of_ranges(const std::vector<LayerRange>& ranges, std::size_t most = 8);

}  // namespace tandem::plan
