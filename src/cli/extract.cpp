#include <fmt/format.h>
#include <CLI/App.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/fleet_access.h"
#include "model/passes/dequantize.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  std::size_t first = 0;
  std::size_t last = 0;
  std::string output;
  FleetFlags store;
  bool quantizes_inputs = false;
  std::vector<std::string> quantizations;  // "TENSOR=SCALE,ZERO"
};

// "relu1=0.05,3". Names of tensors may have anything in them.
model::Quantization parse_given(const std::string& text) {
  const auto equals = text.rfind('=');
  const auto comma = text.find(',', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || comma == std::string::npos)
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("--quantize {}: expected TENSOR=SCALE,ZERO, such as relu1=0.05,3", text));
  return model::parse_quantization(
      text.substr(0, equals),
      fmt::format("int8 scale={} zero={}", text.substr(equals + 1, comma - equals - 1), text.substr(comma + 1)));
}

// The newest that was measured.
model::Quantization known_quantization(const std::vector<cost::CodecRate>& rates, const std::string& tensor) {
  const cost::CodecRate* newest = nullptr;
  for (const auto& rate : rates) {
    if (rate.tensor != tensor || !rate.codec.starts_with("int8 scale=")) continue;
    if (newest == nullptr || rate.measured_at_s > newest->measured_at_s) newest = &rate;
  }
  if (newest == nullptr) {
    throw base::Error(
        base::ErrorKind::NotFound,
        fmt::format("--quantized-inputs: no scale is known for tensor '{}': run `tandem codec tune` first, "
                    "or give --quantize {}=SCALE,ZERO",
                    tensor, tensor));
  }
  return model::parse_quantization(tensor, newest->codec);
}

// Of all inputs in float32, or of those that are given.
std::vector<model::Quantization> choose_quantizations(const model::Model& model, const model::Part& part,
                                                      const Flags& flags) {
  std::vector<model::Quantization> chosen;
  for (const auto& text : flags.quantizations) chosen.push_back(parse_given(text));
  if (!flags.quantizes_inputs) return chosen;
  std::optional<std::vector<cost::CodecRate>> rates;
  for (const auto& input : part.inputs) {
    const bool is_given = std::ranges::find(chosen, input.name, &model::Quantization::input) != chosen.end();
    if (is_given || input.type.element != base::ElementType::Float32) continue;
    if (!rates) rates = flags.store.open_store().codec_rates_of(model.digest());
    chosen.push_back(known_quantization(*rates, input.name));
  }
  return chosen;
}

void extract(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  model::Part part = model.extract(flags.first, flags.last + 1);
  const auto quantizations = choose_quantizations(model, part, flags);
  if (!quantizations.empty()) part = model::with_quantized_inputs(part, quantizations);
  model::write_onnx(part, flags.output);
}

}  // namespace

void add_extract(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand("extract", "Write a stage of a model as an ONNX file of its own");
  flags->model.add_to(*command);
  command->add_option("--first", flags->first, "First layer, as `tandem inspect` counts them")->required();
  command->add_option("--last", flags->last, "Last layer, included")->required();
  command->add_option("-o,--output", flags->output, "ONNX file to write")->required();
  command->add_flag(
      "--quantized-inputs", flags->quantizes_inputs,
      "Take inputs in float32 as uint8, called NAME_uint8, and dequantize them first, by what `tandem codec "
      "tune` found: any ONNX server can host such a stage behind a link");
  command
      ->add_option("--quantize", flags->quantizations,
                   "Take this input so, TENSOR=SCALE,ZERO: its values are (byte − ZERO) × SCALE; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  flags->store.add_store_to(*command);
  command->callback([flags] { extract(*flags); });
}

}  // namespace tandem::cli
