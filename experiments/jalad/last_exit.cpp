#include "last_exit.h"

#include <algorithm>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "base/error.h"
#include "engine/load.h"
#include "profile/exits.h"

namespace tandem::jalad {
namespace {

std::vector<model::LayerRange> layers_for(const model::Graph& graph, std::size_t last) {
  std::vector<bool> is_needed(graph.layers.size());
  std::vector<std::size_t> open{last};
  while (!open.empty()) {
    const std::size_t layer = open.back();
    open.pop_back();
    if (layer == model::kNoLayer || is_needed[layer]) continue;
    is_needed[layer] = true;
    for (const auto tensor : graph.layers[layer].inputs) open.push_back(graph.tensors[tensor].producer);
  }
  std::vector<model::LayerRange> ranges;
  for (std::size_t layer = 0; layer < is_needed.size(); ++layer) {
    if (!is_needed[layer]) continue;
    if (ranges.empty() || ranges.back().last != layer) ranges.push_back({layer, layer});
    ++ranges.back().last;
  }
  return ranges;
}

// What heads of other exits read is an output of the part, and none here.
void keep_output(model::Part& part, const std::string& name) {
  onnx::ModelProto proto;
  if (!proto.ParseFromString(part.graph)) throw base::Error(base::ErrorKind::Internal, "a part that is no model");
  auto& outputs = *proto.mutable_graph()->mutable_output();
  const auto wanted = std::ranges::find(outputs, name, [](const auto& output) { return output.name(); });
  const onnx::ValueInfoProto output = *wanted;
  outputs.Clear();
  *outputs.Add() = output;
  part.graph = proto.SerializeAsString();
  std::erase_if(part.outputs, [&](const base::NamedType& each) { return each.name != name; });
}

}  // namespace

model::Model with_last_exit_only(const model::Model& model, engine::Engine& engine) {
  const auto& graph = model.graph();
  const std::string exit = profile::exits_of(model).back();
  const auto tensor = std::ranges::find(graph.tensors, exit, &model::TensorInfo::name);
  model::Part part = model.extract(layers_for(graph, tensor->producer));
  keep_output(part, exit);
  return engine::complete(model::Source::from_part(part, model.name()), engine);
}

}  // namespace tandem::jalad
