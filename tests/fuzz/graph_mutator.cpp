#include "fuzz/graph_mutator.h"

#include <fmt/format.h>

#include <utility>

#include "fuzz/spoilt_graph.h"
#include "fuzz/spoilt_values.h"

namespace tandem::fuzz {
namespace {

using Nodes = std::vector<onnx::NodeProto*>;

void add_nodes(onnx::GraphProto& graph, Nodes& nodes) {
  for (auto& node : *graph.mutable_node()) {
    nodes.push_back(&node);
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) add_nodes(*attribute.mutable_g(), nodes);
    }
  }
}

// At any depth, and in functions.
Nodes nodes_of(onnx::ModelProto& model) {
  Nodes nodes;
  add_nodes(*model.mutable_graph(), nodes);
  for (auto& function : *model.mutable_functions()) {
    for (auto& node : *function.mutable_node()) nodes.push_back(&node);
  }
  return nodes;
}

// ---- all of it

class Change {
 public:
  using Attributes = std::map<std::string, std::vector<onnx::AttributeProto>>;

  Change(onnx::ModelProto& model, const Attributes& attributes, const std::vector<std::string>& operators,
         Random& random)
      : model_(model),
        graph_(*model.mutable_graph()),
        attributes_(attributes),
        operators_(operators),
        random_(random) {}

  std::string make() {
    const Nodes nodes = nodes_of(model_);
    if (nodes.empty()) return "nothing is left";
    onnx::NodeProto& node = *nodes[below(random_, nodes.size())];
    switch (below(random_, 10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return title_of(node) + ": " + change_attribute(node);
      case 4:
      case 5:
        return change_tensor();
      case 6:
        return change_type();
      default:
        return change_graph(node);
    }
  }

 private:
  std::string change_attribute(onnx::NodeProto& node) {
    const auto known = attributes_.find(node.op_type());
    if (node.attribute_size() == 0 || below(random_, 3) == 0) {
      if (known == attributes_.end() || known->second.empty()) return "has no attributes";
      *node.add_attribute() = known->second[below(random_, known->second.size())];
      auto& added = *node.mutable_attribute(node.attribute_size() - 1);
      return spoil_attribute(added, random_) + " (added)";
    }
    if (below(random_, 16) == 0) {
      node.mutable_attribute()->RemoveLast();
      return "an attribute less";
    }
    return spoil_attribute(some_of(*node.mutable_attribute(), random_), random_);
  }

  std::string change_tensor() {
    const bool fixes_input = graph_.initializer_size() == 0 || below(random_, 2) == 0;
    if (fixes_input) return graph_.input_size() == 0 ? "no tensors" : fix_input(graph_, random_);
    return spoil_tensor(some_of(*graph_.mutable_initializer(), random_), random_);
  }

  std::string change_type() {
    if (below(random_, 4) == 0 && model_.opset_import_size() > 0) {
      const auto version = static_cast<std::int64_t>(1 + below(random_, 25));
      model_.mutable_opset_import(0)->set_version(version);
      return fmt::format("opset {}", version);
    }
    if (graph_.input_size() == 0) return "no inputs";
    return change_input_type(some_of(*graph_.mutable_input(), random_), random_);
  }

  std::string change_graph(onnx::NodeProto& node) {
    switch (below(random_, 8)) {
      case 0:
        return swap_inputs(node, random_);
      case 1:
        return drop_last(node, below(random_, 2) == 0);
      case 2:
        return repeat_node(graph_, node);
      case 3: {
        const std::string before = title_of(node);
        node.set_op_type(operators_[below(random_, operators_.size())]);
        return before + " becomes " + node.op_type();
      }
      default:
        return change_input(graph_, node, random_);
    }
  }

  onnx::ModelProto& model_;
  onnx::GraphProto& graph_;
  const Attributes& attributes_;
  const std::vector<std::string>& operators_;
  Random& random_;
};

}  // namespace

GraphMutator::GraphMutator(std::vector<NamedModel> models) : models_(std::move(models)) {
  for (auto& model : models_) {
    for (const onnx::NodeProto* node : nodes_of(model.proto)) {
      operators_.push_back(node->op_type());
      auto& known = attributes_[node->op_type()];
      for (const auto& attribute : node->attribute()) {
        if (!attribute.has_g()) known.push_back(attribute);
      }
    }
  }
}

Mutant GraphMutator::make(std::mt19937_64& random) const {
  const NamedModel& origin = models_[below(random, models_.size())];
  onnx::ModelProto model = origin.proto;
  Mutant mutant{{}, origin.name, {}};
  const std::size_t changes = 1 + below(random, 3);
  for (std::size_t i = 0; i < changes; ++i)
    mutant.changes += (i == 0 ? "" : "; ") + Change(model, attributes_, operators_, random).make();
  mutant.file = model.SerializeAsString();
  return mutant;
}

}  // namespace tandem::fuzz
