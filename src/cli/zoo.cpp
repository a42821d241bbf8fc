#include "zoo/zoo.h"

#include <nlohmann/json.hpp>

#include <memory>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/table.h"

namespace tandem::cli {
namespace {

struct ExportFlags {
  std::string name;
  std::string output;
  zoo::Options options;
};

void list(bool json) {
  base::Json entries = base::Json::array();
  Table table({"name", ">parameters", "input"});
  for (const auto& architecture : zoo::list()) {
    entries.push_back({{"name", architecture.name},
                       {"parameters", architecture.parameters},
                       {"input_shape", architecture.input.shape}});
    table.add({architecture.name, std::to_string(architecture.parameters), base::to_string(architecture.input.shape)});
  }
  json ? print_json(entries) : print_text(table.text());
}

void add_list(Command zoo) {
  const auto json = std::make_shared<bool>(false);
  Command command = zoo.add_subcommand("list", "List the reference architectures");
  add_json_flag(command, *json);
  command.callback([json] { list(*json); });
}

void write_architecture(const ExportFlags& flags) {
  base::require_folder_of(flags.output);
  model::write_onnx(zoo::build(flags.name, flags.options), flags.output);
}

void add_export(Command zoo) {
  const auto flags = std::make_shared<ExportFlags>();
  Command command = zoo.add_subcommand("export", "Write a reference architecture as an ONNX file");
  command.add_option("name", flags->name, "Architecture, a name from `tandem zoo list`").required();
  command.add_option("-o,--output", flags->output, "ONNX file to write").required();
  command.add_option("--seed", flags->options.seed, "Seed of the random weights").show_default();
  command.add_option("--classes", flags->options.classes, "Number of classes (default: as published)");
  command.add_flag("--uint8", flags->options.byte_input, "Take uint8 pixels: a quarter of the bytes on a link");
  command.callback([flags] { write_architecture(*flags); });
}

}  // namespace

void add_zoo(Command application) {
  Command zoo = application.add_subcommand(
      "zoo", "Reference architectures with seeded random weights: their predictions are meaningless");
  zoo.require_subcommand();
  add_list(zoo);
  add_export(zoo);
}

}  // namespace tandem::cli
