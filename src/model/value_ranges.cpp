#include "model/value_ranges.h"

#include <algorithm>

#include "model/onnx_contents.h"
#include "model/value_rules.h"

namespace tandem::model {
namespace {

using Shapes = std::map<std::string, base::Shape>;

bool keeps_shape(const onnx::NodeProto& node) {
  return node.op_type() == "Cast" || node.op_type() == "DequantizeLinear" || node.op_type() == "Identity";
}

void add_shapes(const onnx::GraphProto& graph, Shapes& shapes) {
  const auto add = [&](const std::string& name, const onnx::TensorProto& tensor) {
    shapes.emplace(name, base::Shape(tensor.dims().begin(), tensor.dims().end()));
  };
  for (const auto& initializer : graph.initializer()) add(initializer.name(), initializer);
  for (const auto& node : graph.node()) {
    if (node.output_size() == 0) continue;
    for (const auto& attribute : node.attribute()) {
      if (node.op_type() == "Constant" && attribute.has_t()) add(node.output(0), attribute.t());
    }
    const auto known = node.input_size() > 0 ? shapes.find(node.input(0)) : shapes.end();
    if (known != shapes.end() && keeps_shape(node)) shapes.emplace(node.output(0), known->second);
  }
}

// From the last node to the first, so that the range of a node's output is known before those of its inputs.
class Walk {
 public:
  explicit Walk(Shapes shapes) : shapes_(std::move(shapes)) {}

  void run(const onnx::GraphProto& graph, int depth = 0) {
    if (depth > kMaxSubgraphDepth) return;
    add_shapes(graph, shapes_);
    for (auto node = graph.node().rbegin(); node != graph.node().rend(); ++node) {
      for_each_subgraph(*node, [&](const onnx::GraphProto& inner) { run(inner, depth + 1); });
      restrict_inputs(*node);
    }
  }

  const RangeByInput& ranges() const { return ranges_; }

 private:
  void restrict_inputs(const onnx::NodeProto& node) {
    const auto shape_of = [&](int input) -> const base::Shape* {
      const auto shape = input < node.input_size() ? shapes_.find(node.input(input)) : shapes_.end();
      return shape == shapes_.end() ? nullptr : &shape->second;
    };
    for (int input = 0; input < node.input_size(); ++input) {
      if (const auto range = wanted_range(node, input, shape_of)) restrict(node.input(input), *range);
    }
    const auto made = node.output_size() > 0 ? ranges_.find(node.output(0)) : ranges_.end();
    if (made == ranges_.end()) return;
    const ValueRange kept = made->second;
    for (const int input : inputs_kept_by(node)) restrict(node.input(input), kept);
  }

  // The part that all readers allow; where they contradict each other, the least value of the last.
  void restrict(const std::string& tensor, const ValueRange& range) {
    const auto [place, is_new] = ranges_.emplace(tensor, range);
    if (is_new) return;
    ValueRange& known = place->second;
    known.least = std::max(known.least, range.least);
    known.most = std::max(known.least, std::min(known.most, range.most));
    known.is_whole |= range.is_whole;
    if (known.each.empty()) known.each = range.each;
  }

  Shapes shapes_;
  RangeByInput ranges_;
};

}  // namespace

RangeByInput value_ranges(const Part& part, const std::map<std::string, base::Shape>& shapes) {
  const onnx::ModelProto proto = parse_graph(part);
  Shapes known = shapes;
  for (const auto& input : part.inputs) known.insert_or_assign(input.name, input.type.shape);
  Walk walk(std::move(known));
  walk.run(proto.graph());
  RangeByInput ranges;
  for (const auto& input : part.inputs) {
    const auto found = walk.ranges().find(input.name);
    if (found != walk.ranges().end()) ranges.insert(*found);
  }
  return ranges;
}

}  // namespace tandem::model
