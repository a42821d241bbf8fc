#include "cost/features.h"

#include <algorithm>
#include <tuple>

namespace tandem::cost {
namespace {

constexpr double kWeightBytes = 4;  // Graph counts elements; nearly all are float32

double elements_of(const model::Graph& graph, const std::vector<model::TensorId>& tensors) {
  if (tensors.empty() || !graph.tensors[tensors[0]].can_be_sent()) return 0;
  return static_cast<double>(base::element_count(graph.tensors[tensors[0]].type.shape));
}

// [batch, channel, …]
double channels_of(const model::Graph& graph, const std::vector<model::TensorId>& tensors) {
  if (tensors.empty() || !graph.tensors[tensors[0]].can_be_sent()) return 0;
  const auto& shape = graph.tensors[tensors[0]].type.shape;
  return shape.size() < 2 ? 0 : static_cast<double>(shape[1]);
}

std::size_t main_layer(const model::Graph& graph, const std::vector<std::size_t>& layers) {
  return *std::ranges::max_element(layers, {}, [&](std::size_t layer) {
    return std::tuple(graph.layers[layer].multiply_accumulates, graph.layers[layer].window.width);
  });
}

void describe_main(const model::Graph& graph, const model::Layer& layer, Features& features) {
  features.op_type = layer.op_type;
  features.input_maps = channels_of(graph, layer.inputs);
  features.filters = channels_of(graph, layer.outputs);
  features.output_elements = elements_of(graph, layer.outputs);
  features.kernel_elements = static_cast<double>(layer.window.height) * static_cast<double>(layer.window.width);
  features.stride = static_cast<double>(layer.window.stride);
  features.groups = static_cast<double>(layer.window.groups);
  if (features.filters > 0 && features.kernel_elements > 0)
    features.im2col_bytes = features.output_elements / features.filters * features.kernel_elements *
                            features.input_maps * static_cast<double>(sizeof(float));
}

}  // namespace

Features features_of(const model::Graph& graph, const std::vector<std::size_t>& layers) {
  Features features;
  if (layers.empty()) return features;
  describe_main(graph, graph.layers[main_layer(graph, layers)], features);
  const auto is_inside = [&](std::size_t layer) { return std::ranges::binary_search(layers, layer); };
  std::vector<model::TensorId> read;
  for (const std::size_t each : layers) {
    const model::Layer& layer = graph.layers[each];
    features.multiply_accumulates += static_cast<double>(layer.multiply_accumulates);
    features.weight_bytes += kWeightBytes * static_cast<double>(layer.parameters);
    read.insert(read.end(), layer.inputs.begin(), layer.inputs.end());
    for (const auto id : layer.outputs) {
      const auto& tensor = graph.tensors[id];
      if (tensor.is_answer || !std::ranges::all_of(tensor.consumers, is_inside))
        features.output_bytes += static_cast<double>(tensor.size_bytes);
    }
  }
  std::ranges::sort(read);
  read.erase(std::ranges::unique(read).begin(), read.end());
  for (const auto id : read) {
    const auto& tensor = graph.tensors[id];
    if (tensor.producer == model::kNoLayer || !is_inside(tensor.producer))
      features.input_bytes += static_cast<double>(tensor.size_bytes);
  }
  return features;
}

}  // namespace tandem::cost
