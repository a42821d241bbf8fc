#include "engine/load.h"

#include <set>
#include <string>

#include "base/error.h"
#include "base/log.h"

namespace tandem::engine {
namespace {

// No dimensions: a scalar, or a tensor of unknown rank. The engine does not tell which.
base::TensorType type_before_run(const base::TensorType& told) {
  const bool is_tensor = static_cast<int>(told.element) > 0;
  return is_tensor && told.shape.empty() ? base::TensorType{told.element, {base::kUnknownRank}} : told;
}

// Tensors of sized elements whose type is not fixed yet, though their shape is the same in every run.
std::set<std::string> open_types(const model::TypeByTensor& types, const model::Source& source) {
  std::set<std::string> inferred;
  for (const auto& [name, type] : types) {
    if (base::is_fixed(type)) inferred.insert(name);
  }
  std::set<std::string> open = source.fixed_shapes(inferred);
  std::erase_if(open, [&](const std::string& name) {
    const auto type = types.find(name);
    return type == types.end() || base::is_fixed(type->second) || base::element_size(type->second.element) == 0;
  });
  return open;
}

// If the run fails, the types stay as they are.
void add_types_by_running(Session& session, const std::set<std::string>& open, model::TypeByTensor& types) try {
  const auto tensors = session.run(made_up_inputs(session.inputs()));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string& name = session.outputs()[i].name;
    if (open.contains(name)) types[name] = tensors[i].type();
  }
} catch (const base::Error& error) {
  base::log(base::LogLevel::Info, "some shapes stay unknown: {}", error.message());
}

}  // namespace

model::Model complete(model::Source source, Engine& engine) {
  const auto session = engine.load(source.with_all_tensors_as_outputs(), Optimization::None);
  model::TypeByTensor types;
  for (const auto& output : session->outputs()) types[output.name] = type_before_run(output.type);
  const auto open = open_types(types, source);
  if (!open.empty()) add_types_by_running(*session, open, types);
  return model::Model(std::move(source), types);
}

model::Model load_model(const std::filesystem::path& path, Engine& engine, const model::ShapeByInput& shapes) {
  return complete(model::Source::read(path, shapes), engine);
}

}  // namespace tandem::engine
