#include "workspace/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/picture_metadata.h"

namespace tandem::workspace {

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

std::string note_on_classes(const std::vector<std::string>& of_data, const std::vector<std::string>& of_model) {
  const auto [data, model] = std::ranges::mismatch(of_data, of_model);
  if (data == of_data.end() || model == of_model.end()) return "";
  return fmt::format("class {} is '{}' in the data, '{}' in the model: classes are compared by their numbers",
                     data - of_data.begin(), *data, *model);
}

}  // namespace tandem::workspace
