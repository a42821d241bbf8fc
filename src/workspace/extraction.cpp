#include "workspace/extraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "cost/codec_rates.h"
#include "model/passes/dequantize.h"
#include "store/store.h"
#include "workspace/workspace.h"

namespace tandem::workspace {
namespace {

// "relu1=0.05,3". A tensor's name may hold any character.
model::Quantization parse_quantization(const std::string& text) {
  const auto equals = text.rfind('=');
  const auto comma = text.find(',', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || comma == std::string::npos)
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("--quantize {}: expected TENSOR=SCALE,ZERO, such as relu1=0.05,3", text));
  return model::parse_quantization(
      text.substr(0, equals),
      fmt::format("int8 scale={} zero={}", text.substr(equals + 1, comma - equals - 1), text.substr(comma + 1)));
}

model::Quantization newest_quantization(const std::vector<cost::CodecRate>& rates, const std::string& tensor) {
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

std::vector<model::Quantization> choose_quantizations(const model::Model& model, const model::Part& part,
                                                      const ExtractionOptions& options) {
  std::vector<model::Quantization> chosen;
  for (const auto& text : options.quantizations) chosen.push_back(parse_quantization(text));
  if (!options.quantizes_inputs) return chosen;
  std::optional<std::vector<cost::CodecRate>> rates;
  for (const auto& input : part.inputs) {
    const bool is_given = std::ranges::find(chosen, input.name, &model::Quantization::input) != chosen.end();
    if (is_given || input.type.element != base::ElementType::Float32) continue;
    if (!rates) rates = store::Store(store_path(options.store)).codec_rates_of(model.digest());
    chosen.push_back(newest_quantization(*rates, input.name));
  }
  return chosen;
}

// The metadata of the whole that holds for a stage as well: of pictures, where it takes them; of classes, where it
// gives answers. The whole has it already.
model::Part with_metadata_of(const model::Model& model, model::Part stage, std::size_t layers) {
  const model::Graph& graph = model.graph();
  if (layers == graph.layers.size()) return stage;
  const auto has = [&](const std::vector<base::NamedType>& types, model::TensorId id) {
    return std::ranges::find(types, graph.tensors[id].name, &base::NamedType::name) != types.end();
  };
  const auto pictures = model.metadata(model::kInputKey);
  const auto labels = model.metadata(model::kLabelsKey);
  if (pictures && std::ranges::all_of(graph.inputs, [&](auto id) { return has(stage.inputs, id); }))
    stage = model::with_metadata(std::move(stage), model::kInputKey, *pictures);
  if (labels && std::ranges::any_of(graph.answers, [&](auto id) { return has(stage.outputs, id); }))
    stage = model::with_metadata(std::move(stage), model::kLabelsKey, *labels);
  return stage;
}

// Another program could not hand it to the stage, or take it.
void refuse_unsendable(const model::Graph& graph, std::size_t first, std::size_t last) {
  const auto is_inside = [&](std::size_t layer) { return layer >= first && layer <= last; };
  for (const auto& tensor : graph.tensors) {
    const bool is_made_inside = tensor.producer != model::kNoLayer && is_inside(tensor.producer);
    const bool crosses =
        std::ranges::any_of(tensor.consumers, [&](std::size_t layer) { return is_inside(layer) != is_made_inside; });
    const bool has_wire_format = base::element_size(tensor.type.element) > 0;
    if (!crosses || has_wire_format || tensor.type.element == base::ElementType::Undefined) continue;
    throw base::Error(
        base::ErrorKind::Unsupported,
        fmt::format("layers {} to {}: tensor '{}' ({}) would cross the stage's border, expected tensors of "
                    "numbers",
                    first, last, tensor.name, base::to_string(tensor.type)));
  }
}

}  // namespace

model::Part extract_stage(const model::Model& model, const ExtractionOptions& options) {
  refuse_unsendable(model.graph(), options.first, options.last);
  const model::Part part =
      with_metadata_of(model, model.extract(options.first, options.last + 1), options.last + 1 - options.first);
  const auto quantizations = choose_quantizations(model, part, options);
  return quantizations.empty() ? part : model::with_quantized_inputs(part, quantizations);
}

}  // namespace tandem::workspace
