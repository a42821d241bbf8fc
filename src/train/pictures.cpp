#include "train/pictures.h"

#include <nlohmann/json.hpp>

#include "input/picture_metadata.h"

namespace tandem::train {
namespace {

bool takes_class_names(const Settings& settings, const model::Source& source) {
  if (settings.mode == Mode::Agreement) return false;
  return settings.mode == Mode::Joint || !source.metadata(model::kLabelsKey);
}

std::string text_of(const base::Json& json) {
  return json.dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

}  // namespace

input::PictureInput picture_input(const Settings& settings, const model::Source& source, const base::TensorType& type) {
  return input::picture_input(source.metadata(model::kInputKey), {.pixels = settings.pixels}, type, source.name());
}

bool holds_pictures(const data::Dataset& dataset) {
  const base::Tensor& samples = dataset.train.samples;
  return samples.element() == base::ElementType::UInt8 && samples.shape().size() == 4;
}

void describe(model::GraphBuilder& builder, const Settings& settings, const model::Source& source,
              const input::Preprocessing& pictures, const data::Dataset& dataset) {
  if (holds_pictures(dataset)) {
    input::Preprocessing trained = pictures;
    trained.height = static_cast<int>(dataset.train.samples.shape()[2]);
    trained.width = static_cast<int>(dataset.train.samples.shape()[3]);
    builder.metadata(model::kInputKey, text_of(input::to_json(trained)));
  }
  const auto names = dataset.given_class_names();
  if (!names.empty() && takes_class_names(settings, source)) builder.metadata(model::kLabelsKey, text_of(names));
}

}  // namespace tandem::train
