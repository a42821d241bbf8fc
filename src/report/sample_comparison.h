// A made-up comparison for tests: a split over the first two targets, and every native plan. Private to report/.
#pragma once

#include <cstddef>
#include <string>

#include "report/comparison_page.h"

namespace tandem::report {

// At least two targets. `name` is part of every name that comes from a model or a fleet.
ComparisonPage sample_comparison(std::size_t targets, const std::string& name);

}  // namespace tandem::report
