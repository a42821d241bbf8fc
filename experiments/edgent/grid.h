// Every method at every bandwidth for every deadline: which plan it takes, what that is predicted and measured to do.
#pragma once

#include <vector>

#include "base/json.h"
#include "world.h"

namespace tandem::edgent {

struct GridSetting {
  std::vector<double> bandwidths_mbps;
  std::vector<double> deadlines_ms;
  double seconds = 10;  // of requests by one plan, at least 12 and at most 60 of them
};

// "cells", "tightest" and "prediction" of the report (README.md).
base::Json measure_grid(World& world, const GridSetting& setting, const profile::Progress& progress);

}  // namespace tandem::edgent
