// A picture of a plan, as SVG: the graph of blocks, the target of each, and the tensors that cross links. For Graphviz:
// dot.h. Pure.
#pragma once

#include <string>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// An SVG without references to other files: a lane for each stage from top to bottom, blocks from left to right in the
// order in which they can run, stronger the longer they take, and below them the time of a request on an axis. A target
// has the colour of its place in the problem, as on pages of report; the picture follows a browser's light or dark
// scheme. At most 1,200 pixels wide: boxes shrink and lose their labels, but keep their tooltips. `plan` is a result of
// price() for this problem.
std::string to_svg(const Problem& problem, const Plan& plan);

}  // namespace tandem::plan
