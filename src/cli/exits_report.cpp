#include "cli/exits_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "cli/table.h"

namespace tandem::cli {
namespace {

using workspace::ExitReport;
using workspace::ExitReportOptions;
using workspace::right_percent;

base::Json exit_json(const ExitReport& report, std::size_t exit) {
  const auto& record = report.test.exits[exit];
  const auto interval = report.test_interval(right_percent(record));
  return {{"name", record.name},
          {"test_accuracy_percent", right_percent(record)},
          {"test_low_percent", interval.low},
          {"test_high_percent", interval.high},
          {"calibration_accuracy_percent", right_percent(report.calibration.exits[exit])},
          {"temperature", record.temperature},
          {"multiply_accumulates", report.cost_of(exit)},
          {"head_multiply_accumulates", report.costs.head_cost[exit]},
          {"share_of_full", report.share_of_full(report.cost_of(exit))}};
}

base::Json policy_json(const ExitReport& report, const ExitReportOptions& options) {
  const auto interval = report.test_interval(report.test_policy.accuracy);
  base::Json policy = {{"confidence", exits::name_of(report.confidence)},
                       {"loss_points", options.loss_points},
                       {"calibration_accuracy_percent", report.calibration_policy.accuracy},
                       {"test_accuracy_percent", report.test_policy.accuracy},
                       {"test_low_percent", interval.low},
                       {"test_high_percent", interval.high},
                       {"calibration_share_of_full", report.share_of_full(report.calibration_policy.mean_cost)},
                       {"test_share_of_full", report.share_of_full(report.test_policy.mean_cost)},
                       {"exits", base::Json::array()}};
  for (std::size_t i = 0; i < report.test_policy.exits.size(); ++i) {
    policy["exits"].push_back({{"exit", report.test.exits[report.test_policy.exits[i]].name},
                               {"threshold", report.threshold(i)},
                               {"share", report.test_policy.shares[i]}});
  }
  return policy;
}

std::string exits_text(const ExitReport& report) {
  Table table(
      {"exit", ">right", ">95 % interval", ">calibration", ">temperature", ">multiply-adds", ">of full", ">its head"});
  for (std::size_t exit = 0; exit < report.test.exits.size(); ++exit) {
    const auto& record = report.test.exits[exit];
    const auto interval = report.test_interval(right_percent(record));
    table.add({record.name, fmt::format("{:.2f} %", right_percent(record)),
               fmt::format("{:.2f}–{:.2f}", interval.low, interval.high),
               fmt::format("{:.2f} %", right_percent(report.calibration.exits[exit])),
               fmt::format("{:.2f}", record.temperature), base::human_count(report.cost_of(exit)),
               fmt::format("{:.1f} %", 100 * report.share_of_full(report.cost_of(exit))),
               base::human_count(report.costs.head_cost[exit])});
  }
  return table.text();
}

std::string stops_text(const ExitReport& report) {
  const auto& policy = report.test_policy;
  Table table({"exit", ">threshold", ">stop here"});
  for (std::size_t i = 0; i < policy.exits.size(); ++i) {
    table.add({report.test.exits[policy.exits[i]].name,
               i < policy.thresholds.size() ? fmt::format("{:.3f}", policy.thresholds[i]) : "–",
               fmt::format("{:.1f} %", 100 * policy.shares[i])});
  }
  return table.text();
}

std::string policy_text(const ExitReport& report, const ExitReportOptions& options) {
  const auto interval = report.test_interval(report.test_policy.accuracy);
  return fmt::format(
             "\nstop at the first exit with enough confidence ({}): at most {} points below the last exit on the "
             "calibration part, for which thresholds are chosen\n{}",
             exits::name_of(report.confidence), options.loss_points, stops_text(report)) +
         fmt::format(
             "on the test part: {:.2f} % right ({:.2f}–{:.2f}), the last exit alone {:.2f} %; {:.2f} × the "
             "compute of the full network, heads counted\n",
             report.test_policy.accuracy, interval.low, interval.high, right_percent(report.test.exits.back()),
             report.share_of_full(report.test_policy.mean_cost));
}

}  // namespace

base::Json to_json(const ExitReport& report, const std::string& model, const ExitReportOptions& options) {
  base::Json json = {{"model", model},
                     {"data", options.data.key()},
                     {"calibration_samples", report.calibration.sample_count()},
                     {"test_samples", report.test.sample_count()},
                     {"exits", base::Json::array()},
                     {"policy", policy_json(report, options)}};
  for (std::size_t exit = 0; exit < report.test.exits.size(); ++exit) json["exits"].push_back(exit_json(report, exit));
  return json;
}

std::string to_text(const ExitReport& report, const ExitReportOptions& options) {
  return fmt::format("{}: {} samples of the test part, {} of the calibration part\n{}{}", options.data.key(),
                     report.test.sample_count(), report.calibration.sample_count(), exits_text(report),
                     policy_text(report, options));
}

}  // namespace tandem::cli
