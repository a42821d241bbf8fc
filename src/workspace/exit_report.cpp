#include "workspace/exit_report.h"

#include <algorithm>
#include <utility>

#include "base/progress.h"
#include "plan/make/exit_policies.h"
#include "plan/problem/policies.h"
#include "tune/exits.h"

namespace tandem::workspace {
namespace {

std::optional<tune::ExitMeasurement> known_statistics(Workspace& workspace, const DataOptions& data) {
  const model::Model& model = workspace.model();
  const auto find = [&](data::Role role) {
    auto known = workspace.store().exit_statistics(model.digest(), data.key(), data::name_of(role));
    return known ? exits::in_order(*std::move(known), model::exits_of(model)) : std::nullopt;
  };
  auto calibration = find(data::Role::Calibration);
  auto test = find(data::Role::Test);
  if (!calibration || !test) return std::nullopt;
  return tune::ExitMeasurement{*std::move(calibration), *std::move(test)};
}

tune::ExitMeasurement ask_exits(Workspace& workspace, const DataOptions& data) {
  base::ProgressBar progress;
  const auto [dataset, pictures] = read_data(data, workspace.model());
  auto measured = tune::measure_exits({workspace.model(), workspace.engine(), dataset, pictures},
                                      [&](const std::string& doing, double share) { progress.show(doing, share); });
  workspace.store().write_together([&] {
    workspace.store().put(measured.calibration);
    workspace.store().put(measured.test);
  });
  return measured;
}

struct Choice {
  exits::Confidence confidence;
  exits::ThresholdPolicy calibration;
};

Choice choose(const ExitReport& report, const ExitReportOptions& options) {
  const double least_percent = right_percent(report.calibration.exits.back()) - options.loss_points;
  std::optional<Choice> best;
  for (const auto confidence : exits::kConfidences) {
    if (options.confidence && confidence != *options.confidence) continue;
    Choice choice{confidence,
                  exits::cheapest(exits::samples_of(report.calibration, confidence), report.costs, least_percent)};
    if (!best || choice.calibration.mean_cost < best->calibration.mean_cost) best = std::move(choice);
  }
  return *std::move(best);
}

}  // namespace

double right_percent(const exits::ExitRecord& exit) {
  return 100.0 * static_cast<double>(std::ranges::count(exit.is_right, true)) /
         static_cast<double>(exit.is_right.size());
}

double ExitReport::cost_of(std::size_t exit) const {
  return costs.trunk_cost[exit] + costs.head_cost[exit];
}

double ExitReport::share_of_full(double mean_cost) const {
  return mean_cost / (costs.trunk_cost.back() + costs.head_cost.back());
}

double ExitReport::threshold(std::size_t policy_exit) const {
  return policy_exit < test_policy.thresholds.size() ? test_policy.thresholds[policy_exit] : 0;
}

base::Interval ExitReport::test_interval(double percent) const {
  const std::size_t count = test.sample_count();
  return base::binomial_interval(static_cast<std::size_t>(percent / 100 * static_cast<double>(count) + 0.5), count);
}

ExitReport report_exits(Workspace& workspace, const ExitReportOptions& options) {
  auto known = options.again ? std::nullopt : known_statistics(workspace, options.data);
  auto measured = known ? *std::move(known) : ask_exits(workspace, options.data);
  ExitReport report;
  report.calibration = std::move(measured.calibration);
  report.test = std::move(measured.test);
  report.costs = plan::exit_costs(workspace.model().graph(), model::exits_of(workspace.model()));
  auto choice = choose(report, options);
  report.confidence = choice.confidence;
  report.test_policy =
      exits::evaluate(exits::samples_of(report.test, choice.confidence), report.costs, choice.calibration);
  report.calibration_policy = std::move(choice.calibration);
  return report;
}

}  // namespace tandem::workspace
