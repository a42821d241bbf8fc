#include "model/part_memory.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"
#include "model/random_operators.h"

namespace tandem::model {
namespace {

std::size_t bytes_of_weights(const Part& part) {
  std::size_t bytes = 0;
  for (const auto& weight : part.weights) bytes += weight.tensor.size();
  return bytes;
}

// In the order of the graph, which is topological. Engines fold neither subgraphs nor the weights of quantized layers.
bool is_folded(const onnx::NodeProto& node, const std::set<std::string>& constants, const RandomOperators& random) {
  bool has_subgraph = false;
  for_each_subgraph(node, [&](const onnx::GraphProto&) { has_subgraph = true; });
  if (has_subgraph || node.op_type() == "DequantizeLinear" || random.are_in(node)) return false;
  return std::ranges::all_of(node.input(),
                             [&](const std::string& name) { return name.empty() || constants.contains(name); });
}

struct Folded {
  std::vector<onnx::NodeProto> nodes;
  std::set<std::string> results;  // that no other of the nodes reads
};

Folded folded_nodes(const onnx::ModelProto& proto) {
  const RandomOperators random(proto);
  std::set<std::string> constants;
  for (const auto& initializer : proto.graph().initializer()) constants.insert(initializer.name());
  Folded folded;
  for (const auto& node : proto.graph().node()) {
    if (!is_folded(node, constants, random)) continue;
    folded.nodes.push_back(node);
    for (const auto& name : node.output()) {
      if (!name.empty()) constants.insert(name);
      if (!name.empty() && node.op_type() != "Constant") folded.results.insert(name);
    }
    for (const auto& name : node.input()) folded.results.erase(name);
  }
  return folded;
}

}  // namespace

std::size_t bytes_to_load(const Part& part) {
  return kEmptySession + kLoadedWeights * bytes_of_weights(part) + kLoadedGraph * part.graph.size();
}

std::size_t bytes_held(const Part& part) {
  const std::size_t weights = bytes_of_weights(part);
  return kEmptySession + weights + weights / 4 + kHeldGraph * part.graph.size();
}

std::optional<Part> constants_of(const Part& part) {
  onnx::ModelProto proto = parse_graph(part);
  const Folded folded = folded_nodes(proto);
  if (folded.results.empty()) return std::nullopt;
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.clear_input();
  graph.clear_value_info();
  graph.clear_output();
  graph.mutable_node()->Assign(folded.nodes.begin(), folded.nodes.end());
  Part constants;
  for (const auto& name : folded.results) {
    graph.add_output()->set_name(name);
    constants.outputs.push_back({name, {}});
  }
  constants.weights = part.weights;
  constants.graph = proto.SerializeAsString();
  return constants;
}

}  // namespace tandem::model
