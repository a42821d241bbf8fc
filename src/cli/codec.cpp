// `tandem codec`: the list of codecs, and the cost and loss of each on a model's tensors.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

#include "cli/codec_findings.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/table.h"
#include "codec/open.h"
#include "workspace/codec_tuning.h"

namespace tandem::cli {
namespace {

struct Flags {
  workspace::Options workspace;
  workspace::TuningOptions tuning;
  bool fitted_only = false;
  bool shows_all = false;
  bool json = false;
};

void print_findings(workspace::Workspace& workspace, const Flags& flags) {
  const auto findings = workspace::codec_findings(workspace, flags.tuning.data);
  if (flags.json) return print_json(to_json(findings, flags.workspace.model.path));
  print_text(flags.shows_all ? full_table(findings) : overview(findings, flags.tuning.search.losses));
}

void tune(Flags& flags) {
  std::ranges::sort(flags.tuning.search.losses);
  flags.tuning.search.has_baselines = !flags.fitted_only;
  workspace::Workspace workspace(flags.workspace);
  const auto failure = workspace::tune_codecs(workspace, flags.tuning);
  print_findings(workspace, flags);
  if (failure) exit_with(base::exit_code_of(failure->kind()));
}

void show(Flags& flags) {
  std::ranges::sort(flags.tuning.search.losses);
  workspace::Workspace workspace(flags.workspace);
  print_findings(workspace, flags);
}

void list() {
  Table table({"codec", "|what it does"});
  table.add({"klevel", "a few levels, fitted to a tensor by `tandem codec tune`, and entropy coding in contexts"});
  for (const auto& listing : codec::listings()) table.add({listing.description, listing.meaning});
  print_text(table.text());
}

void add_list(Command codec) {
  Command command = codec.add_subcommand("list", "List the fitted codec, and the codecs that need no fitting");
  command.callback([] { list(); });
}

void add_shared_flags(Command command, Flags& flags) {
  command
      .add_option("--losses", flags.tuning.search.losses,
                  "Bounds of the accuracy loss on the calibration part, in percentage points: for each, the "
                  "coarsest setting of every codec within it")
      .separated_by_commas()
      .range(0.0, 100.0)
      .show_default();
  command.add_flag("--all", flags.shows_all, "Show every codec and setting, not the overview");
  add_json_flag(command, flags.json);
}

void add_tune(Command codec) {
  const auto flags = std::make_shared<Flags>();
  Command command = codec.add_subcommand(
      "tune", "Measure rate and loss of each codec on each tensor that may cross a link; keeps them for plans");
  add_model_flags(command, flags->workspace.model);
  add_fleet_flags(command, flags->workspace.fleet, false);
  add_store_flag(command, flags->workspace.store);
  add_data_flags(command, flags->tuning.data);
  add_pixels_flag(command, flags->tuning.data.pictures);
  command
      .add_option("--tensors", flags->tuning.search.tensors, "Tensors to measure (default: all that can cross a cut)")
      .separated_by_commas();
  command.add_flag("--fitted-only", flags->fitted_only, "Leave JALAD, int8+zstd and int8+lz4 out");
  command.add_flag("--again", flags->tuning.again,
                   "Forget the stored measurements of this model and data, and measure anew");
  add_shared_flags(command, *flags);
  command.set_footer(
      "Settings are chosen on the calibration part of the data and reported on its test part. Tensors in the store "
      "are not measured again, so a stopped run resumes. With --fleet, encoding and decoding "
      "are timed on its targets: plans use only codecs that were timed on at least one of them. A target that is lost "
      "is named, the others "
      "are timed, and the exit code is 7 or 8.");
  command.callback([flags] { tune(*flags); });
}

void add_show(Command codec) {
  const auto flags = std::make_shared<Flags>();
  Command command = codec.add_subcommand("show", "Show the findings of `tune`, from the store");
  add_model_flags(command, flags->workspace.model);
  add_store_flag(command, flags->workspace.store);
  add_data_flags(command, flags->tuning.data);
  add_pixels_flag(command, flags->tuning.data.pictures);  // names the data, as --limit does
  add_shared_flags(command, *flags);
  command.callback([flags] { show(*flags); });
}

}  // namespace

void add_codec(Command application) {
  Command codec =
      application.add_subcommand("codec", "Codecs for tensors that cross a link: their rates, losses and times");
  codec.require_subcommand();
  add_list(codec);
  add_tune(codec);
  add_show(codec);
}

}  // namespace tandem::cli
