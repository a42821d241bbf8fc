#include "engine/load.h"

#include <algorithm>

namespace tandem::engine {
namespace {

bool is_fixed(const base::NamedType& type) {
  return type.type.element == base::ElementType::Undefined ||
         std::ranges::all_of(type.type.shape, [](std::int64_t dimension) { return dimension >= 0; });
}

}  // namespace

model::Model complete(model::Source source, Engine& engine) {
  const model::Part part = source.with_all_tensors_as_outputs();
  const auto session = engine.load(part, Optimization::None);
  model::TypeByTensor types;
  if (std::ranges::all_of(session->outputs(), is_fixed)) {
    for (const auto& output : session->outputs()) types[output.name] = output.type;
  } else {
    const auto outputs = session->run(made_up_inputs(session->inputs()));
    for (std::size_t i = 0; i < outputs.size(); ++i) types[session->outputs()[i].name] = outputs[i].type();
  }
  return model::Model(std::move(source), types);
}

model::Model load_model(const std::filesystem::path& path, Engine& engine, const model::ShapeByInput& shapes) {
  return complete(model::Source::read(path, shapes), engine);
}

}  // namespace tandem::engine
