// Which shapes follow from the shapes of a model's inputs: a walk over the graph that keeps, for each tensor, whether
// nothing, its shape, or its values too are the same in every run.
#include <algorithm>
#include <unordered_map>

#include "model/model.h"
#include "model/onnx_contents.h"
#include "model/random_operators.h"
#include "model/shape_inputs.h"

namespace tandem::model {
namespace {

enum class Known { Nothing, Shape, Values };  // each includes the one before; of a sequence: of all of its elements

// The tensors of a graph, and through `outer` those of the graphs around it.
class Scope {
 public:
  Scope(const RandomOperators& random, const Scope* outer) : random_(random), outer_(outer) {}

  Known of(const std::string& name) const {
    const auto own = known_.find(name);
    if (own != known_.end()) return own->second;
    return outer_ != nullptr ? outer_->of(name) : Known::Nothing;
  }

  void set(const std::string& name, Known known) { known_[name] = known; }

  void add_initializers(const onnx::GraphProto& graph) {
    for (const auto& initializer : graph.initializer()) set(initializer.name(), Known::Values);
    for (const auto& sparse : graph.sparse_initializer()) set(sparse.values().name(), Known::Values);
  }

  // What is known of a node's outputs. Its inputs are known already.
  Known of_outputs(const onnx::NodeProto& node) const {
    const Known inputs = least(facts_of(node).reads);
    if (inputs == Known::Values && !random_.are_in(node)) return Known::Values;
    if (node.op_type() == "If") return of_branches(node);
    if (inputs == Known::Nothing) return Known::Nothing;
    if (reads_shape_only(node)) return Known::Values;
    return are_shape_inputs_known(node) ? Known::Shape : Known::Nothing;
  }

 private:
  Known least(const std::vector<std::string>& names) const {
    Known known = Known::Values;
    for (const auto& name : names) known = std::min(known, of(name));
    return known;
  }

  bool are_shape_inputs_known(const onnx::NodeProto& node) const {
    const auto* shape_inputs = shape_inputs_of(node);
    return shape_inputs != nullptr && std::ranges::all_of(*shape_inputs, [&](int input) {
             const bool is_given = input < node.input_size() && !node.input(input).empty();
             return !is_given || of(node.input(input)) == Known::Values;
           });
  }

  // One branch runs, always the same one, if the condition is known.
  Known of_branches(const onnx::NodeProto& node) const {
    if (node.input_size() == 0 || of(node.input(0)) != Known::Values) return Known::Nothing;
    Known known = Known::Shape;
    for_each_subgraph(node, [&](const onnx::GraphProto& graph) { known = std::min(known, of_subgraph(graph)); });
    return known;
  }

  Known of_subgraph(const onnx::GraphProto& graph) const {
    Scope scope(random_, this);
    scope.add_initializers(graph);
    for (const auto& node : graph.node()) {
      const Known known = scope.of_outputs(node);
      for (const auto& output : node.output()) scope.set(output, known);
    }
    Known known = Known::Values;
    for (const auto& output : graph.output()) known = std::min(known, scope.of(output.name()));
    return known;
  }

  const RandomOperators& random_;
  const Scope* outer_;
  std::unordered_map<std::string, Known> known_;
};

}  // namespace

std::set<std::string> Source::fixed_shapes(const std::set<std::string>& inferred) const {
  const auto& graph = contents_->proto.graph();
  const RandomOperators random(contents_->proto);
  Scope scope(random, nullptr);
  scope.add_initializers(graph);
  for (const auto& input : contents_->inputs) scope.set(input.name, Known::Shape);
  std::set<std::string> fixed;
  for (const std::size_t index : contents_->topological) {
    const auto& node = graph.node(static_cast<int>(index));
    const Known known = scope.of_outputs(node);
    for (const auto& output : node.output()) {
      scope.set(output, inferred.contains(output) ? std::max(known, Known::Shape) : known);
      if (scope.of(output) != Known::Nothing) fixed.insert(output);
    }
  }
  return fixed;
}

}  // namespace tandem::model
