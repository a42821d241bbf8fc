// Small graphs for the tests of cost/ and store/. Layers are named after the tensor that each makes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/graph.h"

namespace tandem::cost {

class TestGraph {
 public:
  explicit TestGraph(const base::Shape& input = {1, 32, 10, 10}) { add_tensor("input", model::kNoLayer, input); }

  TestGraph& layer(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
                   const base::Shape& output = {1, 32, 10, 10}, const model::Window& window = {}) {
    model::Layer layer;
    layer.name = name;
    layer.op_type = op_type;
    layer.window = window;
    if (op_type == "Conv") {
      layer.window = window.width > 0 ? window : model::Window{1, 1, 1, 1};
      layer.multiply_accumulates = 1000;
      layer.parameters = 100;
    }
    for (const auto& input : inputs) {
      layer.inputs.push_back(ids_.at(input));
      graph.tensors[ids_.at(input)].consumers.push_back(graph.layers.size());
    }
    layer.outputs.push_back(add_tensor(name, graph.layers.size(), output));
    layer.output_bytes = static_cast<std::int64_t>(graph.tensors[layer.outputs[0]].size_bytes);
    graph.layers.push_back(std::move(layer));
    return *this;
  }

  model::Graph graph;

 private:
  model::TensorId add_tensor(const std::string& name, std::size_t producer, const base::Shape& shape) {
    model::TensorInfo tensor;
    tensor.name = name;
    tensor.type = {base::ElementType::Float32, shape};
    tensor.size_bytes = base::size_bytes(tensor.type);
    tensor.producer = producer;
    graph.tensors.push_back(std::move(tensor));
    return ids_[name] = graph.tensors.size() - 1;
  }

  std::map<std::string, model::TensorId> ids_;
};

}  // namespace tandem::cost
