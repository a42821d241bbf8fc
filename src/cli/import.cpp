// `tandem import`: published measurements of other tools as problem files.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/figures.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "plan/problem/objective_text.h"
#include "workspace/importing.h"

namespace tandem::cli {
namespace {

struct Flags {
  std::vector<std::string> files;
  plan::ImportOptions options;
  std::string output;
  bool json = false;
};

base::Json to_json(const plan::Imported& imported, const Flags& flags) {
  const plan::Problem& problem = imported.problem;
  return {{"output", flags.output},
          {"model", imported.model},
          {"blocks", problem.blocks.size()},
          {"targets", problem.targets.size()},
          {"links", problem.links.size()},
          {"objective", plan::text_of(problem, problem.objective)},
          {"lost", imported.lost}};
}

std::string to_text(const plan::Imported& imported, const Flags& flags) {
  const plan::Problem& problem = imported.problem;
  std::string text =
      fmt::format("{}: {}{}, {}, {}, objective {}\n", flags.output, imported.model.empty() ? "" : imported.model + ", ",
                  base::counted(problem.blocks.size(), "block"), base::counted(problem.targets.size(), "target"),
                  base::counted(problem.links.size(), "link"), plan::text_of(problem, problem.objective));
  for (const auto& lost : imported.lost) text += fmt::format("not in the problem: {}\n", lost);
  return text;
}

void run(const plan::ImportFormat& format, const Flags& flags) {
  const auto imported = workspace::import_problem(format, flags.files, flags.options, flags.output);
  flags.json ? print_json(to_json(imported, flags)) : print_text(to_text(imported, flags));
}

void add_format_flags(Command command, const std::string& format, plan::ImportOptions& options) {
  if (format != "msr") command.add_option("--model", options.model, "Model, where the files have several");
  if (format == "scission")
    command.add_option("--input-bytes", options.input_bytes, "Bytes of a request's input")
        .range(0.0, 1e15)
        .show_default();
  if (format != "pipeedge") return;
  command.add_option("--batch-size", options.batch_size, "Batch size, where the model was profiled with several");
  command.add_option("--element-type", options.element_type, "The same: torch.float32");
}

void add_format(Command import, const plan::ImportFormat& format) {
  const auto flags = std::make_shared<Flags>();
  Command command = import.add_subcommand(format.name, fmt::format("Measurements as published with {}", format.source));
  command.add_option("files", flags->files, format.files).required().take_all();
  add_format_flags(command, format.name, flags->options);
  command.add_option("-o,--output", flags->output, "Problem file to write, for `tandem plan --problem`").required();
  add_json_flag(command, flags->json);
  command.callback([&format, flags] { run(format, *flags); });
}

}  // namespace

void add_import(Command application) {
  Command import = application.add_subcommand(
      "import", "Published measurements of other tools as problem files: Scission, PipeEdge, msr, PORTEND");
  import.require_subcommand();
  for (const auto& format : plan::import_formats()) add_format(import, format);
}

}  // namespace tandem::cli
