#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/figures.h"
#include "base/file.h"
#include "cli/codec_report.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cost/estimate.h"
#include "plan/problem/plan_json.h"
#include "workspace/comparison.h"
#include "workspace/comparison_page.h"

namespace tandem::cli {
namespace {

using workspace::PlanSeries;

struct Flags {
  workspace::Options workspace;
  workspace::ComparisonOptions comparison;
  std::string report;
  bool json = false;
};

base::Json json_of(const PlanSeries& series) {
  base::Json json = {{"plan", plan::to_json(series.plan, "ms")},
                     {"predicted_ms", series.plan.latency_ms},
                     {"samples_ms", series.samples_ms}};
  if (!series.failure.empty()) json["failure"] = series.failure;
  if (series.samples_ms.empty()) return json;
  const auto timing = cost::timing_of(series.samples_ms);
  json["median_ms"] = timing.median_ms;
  json["median_low_ms"] = timing.low_ms;
  json["median_high_ms"] = timing.high_ms;
  json["p95_ms"] = timing.p95_ms;
  json["p99_ms"] = timing.p99_ms;
  return json;
}

std::vector<std::string> row_of(const PlanSeries& series) {
  if (series.samples_ms.empty())
    return {series.plan.summary(), base::ms_number(series.plan.latency_ms), series.failure};
  const auto timing = cost::timing_of(series.samples_ms);
  return {series.plan.summary() + text_of_codecs(series.plan),
          base::ms_number(series.plan.latency_ms),
          base::ms_number(timing.median_ms),
          fmt::format("{}–{}", base::ms_number(timing.low_ms), base::ms_number(timing.high_ms)),
          base::ms_number(timing.p95_ms),
          base::ms_number(timing.p99_ms)};
}

void print(const std::vector<PlanSeries>& all, bool json) {
  base::Json list = base::Json::array();
  Table table({"|plan", ">predicted ms", ">median ms", ">95 % interval", ">p95 ms", ">p99 ms"});
  for (const auto& series : all) {
    list.push_back(json_of(series));
    table.add(row_of(series));
  }
  json ? print_json({{"plans", list}}) : print_text(table.text());
}

void bench(Flags& flags) {
  check_page(flags.report);
  flags.workspace.model.inputs = flags.comparison.input.files;
  workspace::Workspace workspace(flags.workspace);
  const auto all = workspace::compare_plans(workspace, flags.comparison);
  if (!flags.report.empty())
    base::write_file(flags.report, report::to_html(workspace::comparison_page(workspace, all)));
  print(all, flags.json);
}

}  // namespace

void add_bench(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand(
      "bench", "Time the chosen plan and every native plan in turn, and compare with the predictions");
  add_model_flags(command, flags->workspace.model);
  add_fleet_flags(command, flags->workspace.fleet);
  add_store_flag(command, flags->workspace.store);
  add_plan_flags(command, flags->comparison.plan);
  add_input_flags(command, flags->comparison.input);
  command.add_option("--runs", flags->comparison.runs, "Requests for each plan").range(1, 1'000'000).show_default();
  command.add_option("--report", flags->report,
                     "Write the predictions beside the measurements as an HTML page: FILE.html");
  add_json_flag(command, flags->json);
  command.callback([flags] { bench(*flags); });
}

}  // namespace tandem::cli
