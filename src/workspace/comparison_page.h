// The content of the page that `tandem bench --report` writes.
#pragma once

#include <vector>

#include "report/comparison_page.h"
#include "workspace/comparison.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

report::ComparisonPage comparison_page(const Workspace& workspace, const std::vector<PlanSeries>& all);

}  // namespace tandem::workspace
