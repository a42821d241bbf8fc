#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>

#include "cli/commands.h"
#include "cli/common.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  std::size_t first = 0;
  std::size_t last = 0;
  std::string output;
};

void extract(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  model::write_onnx(model.extract(flags.first, flags.last + 1), flags.output);
}

}  // namespace

void add_extract(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand("extract", "Write a stage of a model as an ONNX file of its own");
  flags->model.add_to(*command);
  command->add_option("--first", flags->first, "First layer, as `tandem inspect` counts them")->required();
  command->add_option("--last", flags->last, "Last layer, included")->required();
  command->add_option("-o,--output", flags->output, "ONNX file to write")->required();
  command->callback([flags] { extract(*flags); });
}

}  // namespace tandem::cli
