#include "engine/load.h"

#include <set>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "model/shape_folding.h"

namespace tandem::engine {
namespace {

using base::NamedTensor;
using base::TensorType;

// No dimensions: a scalar, or a tensor of unknown rank. The engine does not tell which.
bool is_scalar_or_unknown(const TensorType& type) {
  return static_cast<int>(type.element) > 0 && type.shape.empty();
}

model::TypeByTensor output_types(const model::Part& part, Engine& engine) {
  model::TypeByTensor types;
  const auto session = engine.load(part, Optimization::None);
  for (const auto& output : session->outputs()) types[output.name] = output.type;
  return types;
}

// A rank is the length of a shape.
void tell_scalars(const model::ShapeFolding& folding, Engine& engine, model::TypeByTensor& types) {
  std::vector<std::string> names;
  for (const auto& [name, type] : types) {
    if (is_scalar_or_unknown(type)) names.push_back(name);
  }
  if (names.empty()) return;
  const model::Part part = folding.with_shapes_of(names);
  const auto shapes = output_types(part, engine);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_scalar = shapes.at(part.outputs[i].name).shape == base::Shape{0};
    if (!is_scalar) types[names[i]].shape = {base::kUnknownRank};
  }
}

void tell_types(model::ShapeFolding& folding, const model::Part& part, Engine& engine) {
  model::TypeByTensor types = output_types(part, engine);
  tell_scalars(folding, engine, types);
  folding.add_types(types);
}

// Constants that cannot be computed stay as they are.
void compute(model::ShapeFolding& folding, const model::Part& constants, Engine& engine) {
  std::vector<NamedTensor> values;
  try {
    const auto session = engine.load(constants, Optimization::None);
    const auto tensors = session->run({});
    for (std::size_t i = 0; i < tensors.size(); ++i) values.push_back({session->outputs()[i].name, tensors[i]});
  } catch (const base::Error& error) {
    base::log(base::LogLevel::Info, "some constants stay uncomputed: {}", error.message());
  }
  folding.add_constants(values);
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
model::TypeByTensor types_by_running(const model::Source& source, const std::set<std::string>& open, Engine& engine) {
  model::TypeByTensor types;
  try {
    const model::Part part = source.with_outputs(open);
    const auto session = engine.load(part, Optimization::None);
    const auto tensors = session->run(made_up_inputs(session->inputs(), 1, model::value_ranges(part)));
    for (std::size_t i = 0; i < tensors.size(); ++i) types[session->outputs()[i].name] = tensors[i].type();
  } catch (const base::Error& error) {
    base::log(base::LogLevel::Info, "some shapes stay unknown: {}", error.message());
  }
  return types;
}

void tell_all_types(model::ShapeFolding& folding, Engine& engine) {
  while (true) {
    if (const auto constants = folding.constants_to_compute()) {
      compute(folding, *constants, engine);
    } else if (const auto layers = folding.layers_to_type()) {
      tell_types(folding, *layers, engine);
    } else {
      break;
    }
  }
  const model::Source source = folding.source();
  const auto open = open_types(folding.types(), source);
  if (!open.empty()) folding.add_types(types_by_running(source, open, engine));
}

model::Model folded_model(const model::ShapeFolding& folding) {
  return model::Model(folding.source(), folding.types());
}

}  // namespace

model::Model complete(const model::Source& source, Engine& engine) {
  model::ShapeFolding folding(source);
  tell_all_types(folding, engine);
  if (folding.has_layers_left()) return folded_model(folding);
  // Answers that follow from shapes alone: something has to run.
  model::ShapeFolding unfolded(source, false);
  tell_all_types(unfolded, engine);
  return folded_model(unfolded);
}

model::Model load_model(const std::filesystem::path& path, Engine& engine, const model::ShapeByInput& shapes) {
  return complete(model::Source::read(path, shapes), engine);
}

}  // namespace tandem::engine
