#include "last_exit.h"

#include <algorithm>
#include <string>

#include "engine/load.h"
#include "model/cuts.h"
#include "tune/exits.h"

namespace tandem::jalad {

model::Model with_last_exit_only(const model::Model& model, engine::Engine& engine) {
  const auto& graph = model.graph();
  const std::string exit = model::exits_of(model).back();
  const auto tensor = std::ranges::find(graph.tensors, exit, &model::TensorInfo::name);
  const auto layers = model::layers_for(graph, {static_cast<model::TensorId>(tensor - graph.tensors.begin())});
  const model::Part part = model::with_outputs(model.extract(layers), {exit});  // heads of other exits read of it too
  return engine::complete(model::Source::from_part(part, model.name()), engine);
}

}  // namespace tandem::jalad
