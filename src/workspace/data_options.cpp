#include "workspace/data_options.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/log.h"
#include "data/read.h"
#include "workspace/pictures.h"

namespace tandem::workspace {
namespace {

bool holds_pictures(const data::Part& part) {
  return part.samples.element() == base::ElementType::UInt8 && part.sample_shape().size() == 3;
}

void warn(const std::string& note) {
  if (!note.empty()) base::log(base::LogLevel::Warning, "{}", note);
}

}  // namespace

std::string DataOptions::key() const {
  std::vector<std::string> facts;
  if (limit > 0) facts.push_back(fmt::format("{} samples a part", limit));
  if (pictures.pixels) facts.push_back(fmt::format("pixels {}", input::name_of(*pictures.pixels)));
  return facts.empty() ? name : fmt::format("{} ({})", name, fmt::join(facts, ", "));
}

DataForModel read_data(const DataOptions& options, const model::Model& model) {
  const auto& type = model.graph().tensors[model.graph().inputs.at(0)].type;
  const auto [pictures, note] = picture_input(model, type, options.pictures);
  auto reading = data::options_for(pictures);
  reading.limit = options.limit;
  auto dataset = data::read(options.name, reading);
  dataset.name = options.key();
  if (holds_pictures(dataset.test)) warn(note);
  warn(note_on_classes(dataset.given_class_names(), class_names(model)));
  return {std::move(dataset), pictures};
}

}  // namespace tandem::workspace
