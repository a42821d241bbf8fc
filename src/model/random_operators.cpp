#include "model/random_operators.h"

#include <algorithm>

#include "model/onnx_contents.h"
#include "model/randomness.h"

namespace tandem::model {

RandomOperators::RandomOperators(const onnx::ModelProto& proto)
    : names_{"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"} {
  // A function may call any other: repeat until none is added.
  for (std::size_t before = 0; before != names_.size();) {
    before = names_.size();
    for (const auto& function : proto.functions()) {
      if (std::ranges::any_of(function.node(), [&](const auto& node) { return are_in(node); }))
        names_.insert(function.name());
    }
  }
}

bool RandomOperators::are_in(const onnx::NodeProto& node, int depth) const {
  if (names_.contains(node.op_type()) || depth > kMaxSubgraphDepth) return true;
  bool found = false;
  for_each_subgraph(node, [&](const onnx::GraphProto& graph) {
    for (const auto& inner : graph.node()) found = found || are_in(inner, depth + 1);
  });
  return found;
}

bool draws_numbers(const Part& part) {
  const onnx::ModelProto proto = parse_graph(part);
  const RandomOperators random(proto);
  return std::ranges::any_of(proto.graph().node(), [&](const auto& node) { return random.are_in(node); });
}

}  // namespace tandem::model
