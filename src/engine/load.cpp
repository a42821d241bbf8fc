#include "engine/load.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace tandem::engine {
namespace {

// No dimensions: a scalar, or a tensor of unknown rank. The engine does not tell which.
bool is_fixed(const base::NamedType& type) {
  return !type.type.shape.empty() &&
         std::ranges::all_of(type.type.shape, [](std::int64_t dimension) { return dimension >= 0; });
}

std::vector<base::Tensor> zeros(const std::vector<base::NamedType>& types) {
  auto tensors = made_up_inputs(types);
  for (auto& tensor : tensors) std::ranges::fill(tensor.mutable_bytes(), std::byte{0});
  return tensors;
}

model::TypeByTensor types_in_run(Session& session, const std::vector<base::Tensor>& inputs) {
  model::TypeByTensor types;
  const auto outputs = session.run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) types[session.outputs()[i].name] = outputs[i].type();
  return types;
}

// Where the engine cannot infer every shape, it runs the model on two very different inputs: a shape that both runs
// give does not depend on data, and other tensors get no type. If a run fails, tensors without a type stay so.
void add_types_by_running(Session& session, model::TypeByTensor& types) {
  try {
    const auto some = types_in_run(session, made_up_inputs(session.inputs()));
    const auto others = types_in_run(session, zeros(session.inputs()));
    for (const auto& [name, type] : some) {
      if (type == others.at(name)) types[name] = type;
    }
  } catch (const base::Error& error) {
    base::log(base::LogLevel::Info, "some shapes stay unknown: {}", error.message());
  }
}

}  // namespace

model::Model complete(model::Source source, Engine& engine) {
  const model::Part part = source.with_all_tensors_as_outputs();
  const auto session = engine.load(part, Optimization::None);
  model::TypeByTensor types;
  bool is_complete = true;
  for (const auto& output : session->outputs()) {
    const bool is_known = is_fixed(output);
    if (is_known) types[output.name] = output.type;
    is_complete = is_complete && (is_known || output.type.element == base::ElementType::Undefined);
  }
  if (!is_complete) add_types_by_running(*session, types);
  return model::Model(std::move(source), types);
}

model::Model load_model(const std::filesystem::path& path, Engine& engine, const model::ShapeByInput& shapes) {
  return complete(model::Source::read(path, shapes), engine);
}

}  // namespace tandem::engine
