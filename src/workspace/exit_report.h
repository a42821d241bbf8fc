// The accuracy and cost of each exit of a model, and thresholds for stopping early: the work of `tandem exits report`.
#pragma once

#include <cstddef>
#include <optional>

#include "base/statistics.h"
#include "exits/statistics.h"
#include "exits/thresholds.h"
#include "workspace/data_options.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct ExitReportOptions {
  DataOptions data;
  std::optional<exits::Confidence> confidence;  // none: the cheapest one on the calibration part
  double loss_points = 0.5;                     // allowed loss against the last exit, on the calibration part
  bool again = false;                           // measure the exits anew, even with statistics in the store
};

struct ExitReport {
  exits::ExitStatistics calibration;
  exits::ExitStatistics test;
  exits::ExitCosts costs;  // multiply-accumulates

  exits::Confidence confidence = exits::Confidence::MaximumSoftmax;
  exits::ThresholdPolicy calibration_policy;  // thresholds chosen on the calibration part
  exits::ThresholdPolicy test_policy;         // the same thresholds on the test part

  double cost_of(std::size_t exit) const;              // of a request that stops there, head included
  double share_of_full(double mean_cost) const;        // of the last exit's cost, without other heads
  double threshold(std::size_t policy_exit) const;     // 0 for the last exit of the policy, which has none
  base::Interval test_interval(double percent) const;  // 95 %, of a share of the test samples
};
double right_percent(const exits::ExitRecord& exit);

// Measures the exits if the store has no statistics, and keeps them. Throws base::Error as tune::measure_exits does.
ExitReport report_exits(Workspace& workspace, const ExitReportOptions& options);

}  // namespace tandem::workspace
