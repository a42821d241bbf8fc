#include <nlohmann/json.hpp>

#include <memory>

#include "cli/commands.h"
#include "cli/exits_add.h"
#include "cli/exits_report.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "workspace/exit_report.h"

namespace tandem::cli {
namespace {

struct Flags {
  workspace::Options workspace;
  workspace::ExitReportOptions report;
  bool json = false;
};

void report(const Flags& flags) {
  workspace::Workspace workspace(flags.workspace);
  const auto report = workspace::report_exits(workspace, flags.report);
  flags.json ? print_json(to_json(report, workspace.model().name(), flags.report))
             : print_text(to_text(report, flags.report));
}

void add_report(Command exits) {
  const auto flags = std::make_shared<Flags>();
  Command command = exits.add_subcommand(
      "report", "Report accuracy, share, cost and threshold of each exit; keeps the statistics for plans");
  add_model_flags(command, flags->workspace.model);
  add_store_flag(command, flags->workspace.store);
  add_data_flags(command, flags->report.data);
  add_pixels_flag(command, flags->report.data.pictures);
  command
      .add_option("--loss", flags->report.loss_points,
                  "Largest accuracy loss against the last exit, in percentage points")
      .range(0.0, 100.0)
      .show_default();
  command.add_option_function<std::string>(
      "--confidence", [flags](const std::string& name) { flags->report.confidence = exits::parse_confidence(name); },
      "Confidence: softmax, margin or entropy (default: the cheapest one on the calibration part)");
  command.add_flag("--again", flags->report.again, "Measure the exits anew, even if the store has their statistics");
  add_json_flag(command, flags->json);
  command.callback([flags] { report(*flags); });
}

}  // namespace

void add_exits(Command application) {
  Command exits = application.add_subcommand("exits", "Early exits of a model: add them, and report their worth");
  exits.require_subcommand();
  add_exits_add(exits);
  add_report(exits);
}

}  // namespace tandem::cli
