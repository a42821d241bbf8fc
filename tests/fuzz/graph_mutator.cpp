#include "fuzz/graph_mutator.h"

#include <fmt/format.h>

#include <utility>

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

std::vector<std::string> names_of(const onnx::GraphProto& graph) {
  std::vector<std::string> names = {""};
  for (const auto& input : graph.input()) names.push_back(input.name());
  for (const auto& initializer : graph.initializer()) names.push_back(initializer.name());
  for (const auto& node : graph.node()) names.insert(names.end(), node.output().begin(), node.output().end());
  return names;
}

template <class List>
auto& any_of(List& list, Random& random) {
  return list[static_cast<int>(below(random, static_cast<std::size_t>(list.size())))];
}

std::string title_of(const onnx::NodeProto& node) {
  return fmt::format("{} '{}'", node.op_type(), node.output_size() > 0 ? node.output(0) : node.name());
}

// ---- edges

std::string change_input(onnx::GraphProto& graph, onnx::NodeProto& node, Random& random) {
  const auto names = names_of(graph);
  const std::string& name = names[below(random, names.size())];
  if (node.input_size() == 0 || below(random, 4) == 0) {
    node.add_input(name);
    return fmt::format("{} reads '{}' too", title_of(node), name);
  }
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(node.input_size())));
  node.set_input(at, name);
  return fmt::format("{} reads '{}' as input {}", title_of(node), name, at);
}

std::string drop_last(onnx::NodeProto& node, bool is_input) {
  auto& list = is_input ? *node.mutable_input() : *node.mutable_output();
  if (list.empty()) return title_of(node) + " stays";
  list.RemoveLast();
  return fmt::format("{} has an {} less", title_of(node), is_input ? "input" : "output");
}

std::string swap_inputs(onnx::NodeProto& node, Random& random) {
  const auto count = static_cast<std::size_t>(node.input_size());
  if (count < 2) return title_of(node) + " stays";
  node.mutable_input()->SwapElements(0, static_cast<int>(1 + below(random, count - 1)));
  return title_of(node) + " has inputs swapped";
}

std::string repeat_node(onnx::GraphProto& graph, const onnx::NodeProto& node) {
  const onnx::NodeProto copy = node;
  auto& added = *graph.add_node();
  added = copy;
  for (auto& output : *added.mutable_output()) output += "_again";
  if (added.input_size() > 0 && added.output_size() > 0)
    added.set_input(0, copy.output_size() > 0 ? copy.output(0) : "");
  auto& output = *graph.add_output();
  output.set_name(added.output_size() > 0 ? added.output(0) : "");
  return title_of(copy) + " is repeated behind itself";
}

// ---- inputs of the graph

std::string change_input_type(onnx::ValueInfoProto& input, Random& random) {
  auto& type = *input.mutable_type()->mutable_tensor_type();
  if (below(random, 4) == 0) {
    type.set_elem_type(static_cast<std::int32_t>(below(random, 17)));
    return fmt::format("input '{}' is of type {}", input.name(), type.elem_type());
  }
  auto& shape = *type.mutable_shape();
  if (shape.dim_size() == 0 || below(random, 4) == 0) {
    shape.add_dim()->set_dim_value(static_cast<std::int64_t>(below(random, 3)));
    return fmt::format("input '{}' has a dimension more", input.name());
  }
  if (below(random, 4) == 0) {
    shape.mutable_dim()->RemoveLast();
    return fmt::format("input '{}' has a dimension less", input.name());
  }
  const std::int64_t size = static_cast<std::int64_t>(below(random, 20));
  any_of(*shape.mutable_dim(), random).set_dim_value(size);
  return fmt::format("input '{}' has a dimension of {}", input.name(), size);
}

std::size_t elements_of(const onnx::TypeProto_Tensor& type) {
  std::size_t count = 1;
  for (const auto& dimension : type.shape().dim()) {
    if (dimension.dim_value() < 0 || dimension.dim_value() > 64) return 0;
    count *= static_cast<std::size_t>(dimension.dim_value());
  }
  return count > 64 ? 0 : count;
}

// Sizes, axes and pads are inputs in ONNX's own models, and constants in those of exporters.
std::string fix_input(onnx::GraphProto& graph, Random& random) {
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(graph.input_size())));
  const onnx::ValueInfoProto input = graph.input(at);
  const auto& type = input.type().tensor_type();
  const std::size_t count = elements_of(type);
  const bool is_integer = type.elem_type() == onnx::TensorProto::INT64;
  if (count == 0 || (!is_integer && type.elem_type() != onnx::TensorProto::FLOAT)) return "no input is fixed";
  auto& tensor = *graph.add_initializer();
  tensor.set_name(input.name());
  tensor.set_data_type(type.elem_type());
  for (const auto& dimension : type.shape().dim()) tensor.add_dims(dimension.dim_value());
  std::string values;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_integer) {
      tensor.add_int64_data(below(random, 3) == 0 ? spoilt(std::int64_t{1}, random) : std::int64_t(below(random, 4)));
      values += fmt::format(" {}", tensor.int64_data(static_cast<int>(i)));
    } else {
      tensor.add_float_data(below(random, 3) == 0 ? spoilt(1.0F, random) : static_cast<float>(below(random, 4)));
      values += fmt::format(" {}", tensor.float_data(static_cast<int>(i)));
    }
  }
  return fmt::format("input '{}' is fixed:{}", input.name(), values);
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
    return spoil_attribute(any_of(*node.mutable_attribute(), random_), random_);
  }

  std::string change_tensor() {
    const bool fixes_input = graph_.initializer_size() == 0 || below(random_, 2) == 0;
    if (fixes_input) return graph_.input_size() == 0 ? "no tensors" : fix_input(graph_, random_);
    return spoil_tensor(any_of(*graph_.mutable_initializer(), random_), random_);
  }

  std::string change_type() {
    if (below(random_, 4) == 0 && model_.opset_import_size() > 0) {
      const auto version = static_cast<std::int64_t>(1 + below(random_, 25));
      model_.mutable_opset_import(0)->set_version(version);
      return fmt::format("opset {}", version);
    }
    if (graph_.input_size() == 0) return "no inputs";
    return change_input_type(any_of(*graph_.mutable_input(), random_), random_);
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
