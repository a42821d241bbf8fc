#include <memory>
#include <string>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/extraction.h"

namespace tandem::cli {
namespace {

struct Flags {
  workspace::ModelOptions model;
  workspace::ExtractionOptions extraction;
  std::string output;
};

void extract(const Flags& flags) {
  base::require_folder_of(flags.output);
  const auto engine = workspace::make_engine(flags.model);
  const model::Model model = workspace::load_model(flags.model, *engine);
  model::write_onnx(workspace::extract_stage(model, flags.extraction), flags.output);
}

}  // namespace

void add_extract(Command application) {
  const auto flags = std::make_shared<Flags>();
  auto& extraction = flags->extraction;
  Command command = application.add_subcommand("extract", "Write a stage of a model as an ONNX file of its own");
  add_model_flags(command, flags->model);
  command.add_option("--first", extraction.first, "First layer, as `tandem inspect` counts them").required();
  command.add_option("--last", extraction.last, "Last layer, included").required();
  command.add_option("-o,--output", flags->output, "ONNX file to write").required();
  command.add_flag("--quantized-inputs", extraction.quantizes_inputs,
                   "Take float32 inputs as uint8, under the names NAME_uint8, and dequantize them first, by the "
                   "scales from `tandem codec tune`: any ONNX server can host such a stage behind a link");
  command
      .add_option("--quantize", extraction.quantizations,
                  "Take this input as uint8, TENSOR=SCALE,ZERO: its values are (byte − ZERO) × SCALE; may be repeated")
      .repeatable();
  add_store_flag(command, extraction.store);
  command.callback([flags] { extract(*flags); });
}

}  // namespace tandem::cli
