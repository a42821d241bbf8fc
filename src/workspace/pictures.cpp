#include "workspace/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/picture_metadata.h"

namespace tandem::workspace {
namespace {

// The operator that made the values of a tensor, before those that leave them as they are.
std::string maker_of(const model::Graph& graph, model::TensorId id) {
  static const std::set<std::string> kKeepsValues = {"Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"};
  while (graph.tensors[id].producer != model::kNoLayer) {
    const model::Layer& layer = graph.layers[graph.tensors[id].producer];
    if (!kKeepsValues.contains(layer.op_type) || layer.inputs.empty()) return layer.op_type;
    id = layer.inputs[0];
  }
  return "";
}

}  // namespace

input::PictureInput picture_input(const model::Model& model, const base::TensorType& type,
                                  const input::PictureOptions& options) {
  return input::picture_input(model.metadata(model::kInputKey), options, type, model.name());
}

std::optional<input::Preprocessing> described_pictures(const model::Model& model) {
  if (!model.metadata(model::kInputKey)) return std::nullopt;
  const auto& graph = model.graph();
  return picture_input(model, graph.tensors[graph.inputs.at(0)].type, {}).preprocessing;
}

std::vector<std::string> class_names(const model::Model& model) {
  const auto text = model.metadata(model::kLabelsKey);
  if (!text) return {};
  return input::parse_class_names(*text, fmt::format("{}: metadata {}", model.name(), model::kLabelsKey));
}

std::set<std::string> class_outputs(const model::Model& model) {
  const auto exits = model.exits();
  std::set<std::string> names(exits.begin(), exits.end());
  for (const auto id : model.graph().answers) {
    if (maker_of(model.graph(), id).ends_with("Softmax")) names.insert(model.graph().tensors[id].name);
  }
  return names;
}

std::string note_on_classes(const std::vector<std::string>& of_data, const std::vector<std::string>& of_model) {
  const auto [data, model] = std::ranges::mismatch(of_data, of_model);
  if (data == of_data.end() || model == of_model.end()) return "";
  return fmt::format("class {} is '{}' in the data, '{}' in the model: classes are compared by their numbers",
                     data - of_data.begin(), *data, *model);
}

}  // namespace tandem::workspace
