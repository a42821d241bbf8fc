#include "cuts.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>

#include "cost/fusion.h"
#include "model/cuts.h"

namespace tandem::jalad {
namespace {

constexpr std::array<std::string_view, 6> kSameBytes = {"Dropout", "Flatten", "Identity",
                                                        "Reshape", "Squeeze", "Unsqueeze"};
constexpr std::array<std::string_view, 5> kRescaling = {"Add", "Cast", "Div", "Mul", "Sub"};

bool is_one_of(std::span<const std::string_view> op_types, const model::Layer& layer) {
  return layer.inputs.size() == 1 && std::ranges::find(op_types, layer.op_type) != op_types.end();
}

// Back over layers of one input for which `passes` holds, to the tensor that the first of them reads.
template <class Passes>
model::TensorId origin_of(const model::Graph& graph, model::TensorId tensor, Passes&& passes) {
  while (graph.tensors[tensor].producer != model::kNoLayer && passes(graph.layers[graph.tensors[tensor].producer]))
    tensor = graph.layers[graph.tensors[tensor].producer].inputs.front();
  return tensor;
}

// The tensor that first held the bytes.
model::TensorId first_copy_of(const model::Graph& graph, model::TensorId tensor) {
  return origin_of(graph, tensor, [](const model::Layer& layer) { return is_one_of(kSameBytes, layer); });
}

// Whether it is the model's input, in other numbers at most.
bool is_input(const model::Graph& graph, model::TensorId tensor) {
  const auto origin = origin_of(graph, tensor, [](const model::Layer& layer) {
    return is_one_of(kSameBytes, layer) || is_one_of(kRescaling, layer);
  });
  return graph.tensors[origin].producer == model::kNoLayer;
}

bool is_comparable(const model::TensorInfo& tensor) {
  return tensor.can_be_sent() && tensor.type.element == base::ElementType::Float32 &&
         base::element_count(tensor.type.shape) >= kFewestElements;
}

}  // namespace

std::vector<bool> ends_of_kernels(const model::Graph& graph) {
  return cost::ends_of_kernels(cost::expected_kernels(graph), graph.layers.size());
}

std::vector<std::string> tensors_to_compare(const model::Graph& graph) {
  const auto ends_kernel = ends_of_kernels(graph);
  std::set<model::TensorId> seen;
  std::vector<std::string> names;
  for (const model::Cut& cut : model::find_cuts(graph)) {
    if (cut.tensors.size() != 1 || !ends_kernel[cut.position - 1]) continue;
    const model::TensorId tensor = cut.tensors.front();
    if (is_input(graph, tensor) || !is_comparable(graph.tensors[tensor])) continue;
    if (seen.insert(first_copy_of(graph, tensor)).second) names.push_back(graph.tensors[tensor].name);
  }
  return names;
}

}  // namespace tandem::jalad
