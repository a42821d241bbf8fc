// The page of `tandem bench --report`: plans that were run in turn, each predicted and measured, as one HTML file that
// needs no network. The caller fills in plain data. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/page_plan.h"

namespace tandem::report {

struct ComparedPlan {
  PagePlan plan;  // `measured`: the median of its requests, and its 95 % interval; none: no request was answered
  double p95_ms = 0;
  double p99_ms = 0;
  std::size_t requests = 0;
  std::string failure = {};  // that ended the series; empty: none
};

struct ComparisonPage {
  std::string model;
  std::string digest;
  std::int64_t made_at_s = 0;
  std::vector<std::string> targets;  // in the order of the fleet
  std::vector<ComparedPlan> plans;   // the chosen one first; is_best is ignored
};

// A whole file, UTF-8. Any text is allowed in any field: none of it becomes markup or script.
std::string to_html(const ComparisonPage& page);

}  // namespace tandem::report
