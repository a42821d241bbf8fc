#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/figures.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/table.h"
#include "report/profile_page.h"
#include "store/exchange.h"
#include "store/store.h"
#include "workspace/profiling.h"
#include "workspace/workspace.h"

namespace tandem::cli {
namespace {

struct Flags {
  workspace::ProfileOptions profile;
  double precision_percent = 2;
  std::optional<double> longest_ms;
  std::string report;
  bool json = false;
};

void check_usage(const Flags& flags) {
  const auto& profile = flags.profile;
  if (profile.models.empty() && !profile.links_only) refuse_missing_option("MODEL (or --links-only)");
  if (profile.fleet.path.empty()) refuse_missing_option("--fleet");
  if (!flags.report.empty() && profile.models.size() != 1)
    refuse_option("--report", "the page is about one model: give one");
  check_inputs(profile.input);
  check_page(flags.report);
}

std::string text_of(const std::vector<workspace::WholeTime>& wholes) {
  Table table({"model", "target", ">whole ms", ">95 % interval", ">p95 ms", ">p99 ms", ">runs", ">unattributed",
               ">load ms", ">peak memory", ""});
  for (const auto& each : wholes) {
    table.add({each.model, each.target, base::ms_number(each.timing.median_ms),
               fmt::format("{}–{}", base::ms_number(each.timing.low_ms), base::ms_number(each.timing.high_ms)),
               base::ms_number(each.timing.p95_ms), base::ms_number(each.timing.p99_ms), fmt::format("{}", each.runs),
               fmt::format("{:.1f} %", each.unattributed_percent), base::ms_number(each.load_ms),
               base::human_bytes(each.peak_bytes), each.timing.is_noisy ? "noisy" : ""});
  }
  return table.text();
}

std::string text_of(const std::vector<cost::LinkCosts>& links) {
  Table table({"link", ">round trip ms", ">jitter ms", ">up Mbit/s", ">down Mbit/s"});
  for (const auto& each : links) {
    table.add({fmt::format("{} → {}", each.from, each.to), base::ms_number(each.round_trip_ms.value),
               base::ms_number(each.jitter_ms.value), fmt::format("{:.1f}", each.upload_mbps.value),
               fmt::format("{:.1f}", each.download_mbps.value)});
  }
  return table.text();
}

void warn_of_noise(const workspace::WholeTime& whole) {
  base::log(base::LogLevel::Warning,
            "'{}' was noisy: runs of the whole model took {} to {} ms around a median of {}: something else was "
            "running there; `--again` measures anew",
            whole.target, base::ms_number(whole.p5_ms), base::ms_number(whole.timing.p95_ms),
            base::ms_number(whole.timing.median_ms));
}

void print_result(const Flags& flags, const workspace::ProfileResult& result) {
  for (const auto& whole : result.wholes) {
    if (whole.timing.is_noisy) warn_of_noise(whole);
  }
  if (result.page) base::write_file(flags.report, report::to_html(*result.page));
  if (flags.json) return print_json(store::to_json(result.costs));
  print_text((flags.profile.models.empty() ? "" : text_of(result.wholes) + "\n") + text_of(result.costs.links));
}

void run_profile(Flags& flags) {
  check_usage(flags);
  flags.profile.settings.relative_interval = flags.precision_percent / 100;
  if (flags.longest_ms) flags.profile.settings.longest_ms = *flags.longest_ms;
  flags.profile.makes_page = !flags.report.empty();
  const auto result = workspace::profile_models(flags.profile);
  print_result(flags, result);
  if (result.failure) exit_with(base::exit_code_of(result.failure->kind()));
}

struct ExchangeFlags {
  std::string store;
  std::string path;
};

void write_costs(const ExchangeFlags& flags) {
  const base::Json json = store::to_json(store::read_all(store::Store(workspace::store_path(flags.store))));
  flags.path.empty()
      ? print_json(json)
      : base::write_file(flags.path, json.dump(1, ' ', false, base::Json::error_handler_t::replace) + "\n");
}

void add_export(Command profile) {
  const auto flags = std::make_shared<ExchangeFlags>();
  Command command = profile.add_subcommand("export", "Write everything in the cost store as JSON");
  add_store_flag(command, flags->store);
  command.add_option("-o,--output", flags->path, "File to write (default: stdout)");
  command.callback([flags] { write_costs(*flags); });
}

void add_profile_import(Command profile) {
  const auto flags = std::make_shared<ExchangeFlags>();
  Command command = profile.add_subcommand("import", "Add profiles from a JSON file to the cost store");
  command.add_option("file", flags->path, "JSON file that `tandem profile export` wrote").required();
  add_store_flag(command, flags->store);
  command.callback([flags] { workspace::import_costs(flags->path, flags->store); });
}

void add_measuring_flags(Command command, Flags& flags) {
  command
      .add_option("--precision", flags.precision_percent,
                  "Repeat until the median's 95 % interval is within this many percent of the median …")
      .range(0.1, 50.0)
      .show_default();
  add_time_flag(command, "--longest", flags.longest_ms, "… or the runs of one stage took this time (default: 6s)");
  command.add_flag("--again", flags.profile.again,
                   "Forget the stored measurements of these models on this fleet, and measure anew");
  command.add_flag("--links-only", flags.profile.links_only, "Measure the links only");
  command.add_option("--report", flags.report, "Write everything known of the model as an HTML page: FILE.html");
  add_json_flag(command, flags.json);
}

}  // namespace

void add_profile(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand("profile",
                                               "Measure models on every target of a fleet, and the links between them; "
                                               "resumes a stopped run. Of several models, "
                                               "one that fails is named, and the others are measured; likewise of "
                                               "several targets one that is lost. The exit code is the first "
                                               "failure's");
  command.add_option("models", flags->profile.models, "ONNX files");
  add_model_settings(command, flags->profile.model);
  add_fleet_flags(command, flags->profile.fleet, false);  // `export` and `import` need no fleet
  add_store_flag(command, flags->profile.store);
  add_input_flags(command, flags->profile.input, "those given before, else made-up values");
  add_sample_flag(command, flags->profile.input);
  add_measuring_flags(command, *flags);
  add_export(command);
  add_profile_import(command);
  command.callback([flags, command] {
    if (!command.has_chosen_subcommand()) run_profile(*flags);
  });
}

}  // namespace tandem::cli
