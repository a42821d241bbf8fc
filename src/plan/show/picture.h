// Pictures of a plan: the graph of blocks, which target runs which of them, and what crosses. Text in, text out.
#pragma once

#include <string>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Graphviz: a cluster for each stage, blocks as nodes, what crosses a link bold with its bytes and codec.
std::string to_dot(const Problem& problem, const Plan& plan);

// An SVG that needs nothing else: a lane for each stage from top to bottom, blocks from left to right in the order in
// which they can run, darker the longer they take. At most 1,600 pixels wide: boxes shrink and lose their labels, never
// their tooltips. The plan is one that price() made for this problem.
std::string to_svg(const Problem& problem, const Plan& plan);

}  // namespace tandem::plan
