#include "model/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/digest.h"
#include "base/error.h"
#include "model/onnx_contents.h"
#include "model/order.h"
#include "model/parameters.h"
#include "model/part_maker.h"
#include "model/work.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::Error;
using base::ErrorKind;
using Contents = Source::Contents;

const onnx::NodeProto& node_of(const Contents& contents, std::size_t node) {
  return contents.proto.graph().node(static_cast<int>(node));
}

// The nodes that some answer depends on and that are not constant, in topological order.
std::vector<std::size_t> useful_nodes(const Contents& contents) {
  const std::vector<bool> is_needed = needed_nodes(contents);
  std::vector<std::size_t> useful;
  for (const std::size_t node : contents.topological) {
    if (is_needed[node] && !contents.nodes[node].is_constant) useful.push_back(node);
  }
  return useful;
}

// All outputs; first the exits that metadata names, in its order, which decides among equals.
std::vector<std::string> answer_names(const onnx::ModelProto& model) {
  auto names = named_exits(model);
  for (const auto& output : model.graph().output()) {
    if (std::ranges::find(names, output.name()) == names.end()) names.push_back(output.name());
  }
  return names;
}

// Numbers the tensors and puts the layers in order: the Graph of a Source.
class GraphMaker {
 public:
  GraphMaker(const Contents& contents, const TypeByTensor& types) : contents_(contents), types_(types) {}

  std::pair<Graph, std::vector<std::size_t>> make() {
    const std::vector<std::size_t> unordered = useful_nodes(contents_);
    const std::vector<std::size_t> nodes = in_order(unordered);
    for (const auto& input : contents_.inputs) add_input(input);
    for (const std::size_t node : nodes) add_layer(node);
    for (const auto& output : contents_.proto.graph().output()) add_answer(output.name());
    forget_unread();
    count_work(nodes);
    return {std::move(graph_), nodes};
  }

 private:
  base::TensorType type_of(const std::string& name) const {
    for (const auto& input : contents_.inputs) {
      if (input.name == name) return input.type;
    }
    const auto type = types_.find(name);
    return type != types_.end() ? type->second : base::TensorType{};
  }

  ShapeLookup shape_of() const {
    return [this](const std::string& name) {
      if (contents_.is_constant(name)) return contents_.constant_shape(name);
      const base::TensorType type = type_of(name);
      return base::is_fixed(type) ? type.shape : base::Shape{};
    };
  }

  static std::size_t bytes_of(const base::TensorType& type) {
    return base::is_fixed(type) ? base::size_bytes(type) : 0;
  }

  // A tensor without a size is made late and read soon: no cut can hold it.
  static std::size_t bytes_in_order(const base::TensorType& type) {
    constexpr std::size_t kMoreThanAnyTensor = std::size_t{1} << 44;
    const bool has_size = base::is_fixed(type) || type.element == ElementType::Undefined;
    return has_size ? bytes_of(type) : kMoreThanAnyTensor;
  }

  std::vector<std::string> moving_reads(std::size_t node) const {
    std::vector<std::string> names;
    for (const auto& name : contents_.nodes[node].reads) {
      if (!contents_.is_constant(name)) names.push_back(name);
    }
    return names;
  }

  std::vector<std::size_t> in_order(const std::vector<std::size_t>& nodes) {
    std::unordered_map<std::string, std::size_t> numbers;
    std::vector<std::size_t> sizes;
    const auto number_of = [&](const std::string& name) {
      const auto [entry, is_new] = numbers.emplace(name, sizes.size());
      if (is_new) sizes.push_back(bytes_in_order(type_of(name)));
      return entry->second;
    };
    std::vector<OrderedLayer> layers(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const auto& name : moving_reads(nodes[i])) layers[i].reads.push_back(number_of(name));
      for (const auto& name : contents_.nodes[nodes[i]].writes) layers[i].writes.push_back(number_of(name));
      work_[nodes[i]] = multiply_accumulates(node_of(contents_, nodes[i]), shape_of());
      layers[i].work = static_cast<double>(work_[nodes[i]]);
    }
    std::vector<std::size_t> answers;
    for (const auto& name : answer_names(contents_.proto)) answers.push_back(number_of(name));
    std::vector<std::size_t> ordered;
    for (const std::size_t i : order_layers(layers, sizes, answers)) ordered.push_back(nodes[i]);
    return ordered;
  }

  TensorId add_tensor(const std::string& name, std::size_t producer) {
    TensorInfo tensor;
    tensor.name = name;
    tensor.type = type_of(name);
    tensor.size_bytes = bytes_of(tensor.type);
    tensor.producer = producer;
    ids_[name] = graph_.tensors.size();
    graph_.tensors.push_back(std::move(tensor));
    return graph_.tensors.size() - 1;
  }

  void add_input(const base::NamedType& input) { graph_.inputs.push_back(add_tensor(input.name, kNoLayer)); }

  void add_layer(std::size_t node) {
    const std::size_t index = graph_.layers.size();
    const auto& proto = node_of(contents_, node);
    Layer layer;
    layer.op_type = proto.op_type();
    layer.name = unique_name(
        proto.name().empty() && !contents_.nodes[node].writes.empty() ? contents_.nodes[node].writes[0] : proto.name(),
        names_);
    for (const auto& name : moving_reads(node)) {
      layer.inputs.push_back(ids_.at(name));
      graph_.tensors[layer.inputs.back()].consumers.push_back(index);
    }
    for (const auto& name : contents_.nodes[node].writes) layer.outputs.push_back(add_tensor(name, index));
    graph_.layers.push_back(std::move(layer));
  }

  void add_answer(const std::string& name) {
    const auto id = ids_.find(name);
    const bool is_constant = id == ids_.end();
    const bool is_made = is_constant || graph_.tensors[id->second].producer != kNoLayer;
    if (is_made && can_be_answered(type_of(name))) graph_.outputs.push_back(name);
    if (is_constant) return;
    graph_.tensors[id->second].is_answer = true;
    graph_.answers.push_back(id->second);
  }

  static bool can_be_answered(const base::TensorType& type) {
    return type.element == ElementType::Undefined || base::element_size(type.element) > 0;
  }

  void forget_unread() {
    for (auto& layer : graph_.layers) {
      std::erase_if(layer.outputs,
                    [&](TensorId id) { return graph_.tensors[id].consumers.empty() && !graph_.tensors[id].is_answer; });
      for (const TensorId id : layer.outputs)
        layer.output_bytes += static_cast<std::int64_t>(graph_.tensors[id].size_bytes);
    }
  }

  void count_work(const std::vector<std::size_t>& nodes) {
    ParameterCount parameters(contents_);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      graph_.layers[i].multiply_accumulates = work_.at(nodes[i]);
      graph_.layers[i].window = window_of(node_of(contents_, nodes[i]), shape_of());
      graph_.layers[i].parameters = parameters.count_new(nodes[i]);
      graph_.parameters += graph_.layers[i].parameters;
    }
  }

  const Contents& contents_;
  const TypeByTensor& types_;
  Graph graph_;
  std::unordered_map<std::string, TensorId> ids_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::size_t, std::int64_t> work_;  // by node: multiply-accumulates
};

base::NamedType named_type(const TensorInfo& tensor) {
  return {tensor.name, tensor.type};
}

// Outputs in the order of the layers that make them; those that no layer makes come first.
std::vector<std::string> in_order_of_layers(std::vector<std::string> outputs, const Graph& graph) {
  const auto place_of = [&](const std::string& output) {
    const auto answer = std::ranges::find(
        graph.answers, output, [&](TensorId id) -> const auto& { return graph.tensors[id].name; });
    if (answer == graph.answers.end() || graph.tensors[*answer].producer == kNoLayer) return std::size_t{0};
    return graph.tensors[*answer].producer + 1;
  };
  std::ranges::stable_sort(outputs, {}, place_of);
  return outputs;
}

}  // namespace

Part Source::with_all_tensors_as_outputs() const {
  std::set<std::string> names;
  for (const auto& output : contents_->proto.graph().output()) names.insert(output.name());
  for (const std::size_t node : useful_nodes(*contents_))
    names.insert(contents_->nodes[node].reads.begin(), contents_->nodes[node].reads.end());
  return with_outputs(names);
}

Part Source::with_outputs(const std::set<std::string>& names) const {
  PartMaker maker(*contents_);
  for (const auto& input : contents_->inputs) maker.add_input(input);
  const std::vector<std::size_t> nodes = useful_nodes(*contents_);
  maker.add_nodes(nodes);
  for (const auto& output : contents_->proto.graph().output()) {
    if (contents_->is_constant(output.name()) && names.contains(output.name())) maker.add_output({output.name(), {}});
  }
  for (const std::size_t node : nodes) {
    for (const auto& name : contents_->nodes[node].writes) {
      if (names.contains(name)) maker.add_output({name, {}});
    }
  }
  return std::move(maker).make();
}

Model::Model(Source source, const TypeByTensor& types) : source_(std::move(source)) {
  std::tie(graph_, nodes_) = GraphMaker(*source_.contents_, types).make();
  if (graph_.layers.empty()) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: no output depends on an input, so there is nothing to run", name()));
  }
  cuts_ = find_cuts(graph_);
  for (const auto& output : source_.contents_->proto.graph().output()) {
    const auto type = types.find(output.name());
    if (type != types.end() && source_.contents_->is_constant(output.name())) constants_.insert(*type);
  }
}

const std::string& Model::name() const {
  return source_.name();
}

bool Model::is_one_file() const {
  return source_.contents_->is_one_file;
}

const std::string& Model::digest() const {
  std::call_once(digest_->once, [this] { digest_->text = digest_of(whole()); });
  return digest_->text;
}

void Model::remember_digest(const std::string& digest) const {
  std::call_once(digest_->once, [&] { digest_->text = digest; });
}

std::vector<base::NamedType> Model::output_types() const {
  std::vector<base::NamedType> types;
  for (const auto& output : source_.contents_->proto.graph().output()) {
    const auto tensor = std::ranges::find(graph_.tensors, output.name(), &TensorInfo::name);
    const auto constant = constants_.find(output.name());
    types.push_back(tensor != graph_.tensors.end() ? named_type(*tensor)
                    : constant != constants_.end() ? base::NamedType{constant->first, constant->second}
                                                   : base::NamedType{output.name(), {}});
  }
  return types;
}

std::vector<std::string> Model::exits() const {
  return in_order_of_layers(named_exits(source_.contents_->proto), graph_);
}

Part Model::extract(const std::vector<LayerRange>& ranges) const {
  const std::vector<bool> is_inside = mark(ranges);
  const auto is_made_inside = [&](const TensorInfo& tensor) {
    return tensor.producer != kNoLayer && is_inside[tensor.producer];
  };
  const auto is_read = [&](const TensorInfo& tensor, bool inside) {
    return std::ranges::any_of(tensor.consumers, [&](std::size_t layer) { return is_inside[layer] == inside; });
  };
  PartMaker maker(*source_.contents_);
  for (const auto& tensor : graph_.tensors) {
    if (!is_made_inside(tensor) && is_read(tensor, true)) maker.add_input(named_type(tensor));
  }
  for (const auto& tensor : graph_.tensors) {
    if (is_made_inside(tensor) && is_read(tensor, false) && !tensor.is_answer) maker.add_output(named_type(tensor));
  }
  for (const auto& output : source_.contents_->proto.graph().output()) {
    const auto tensor = std::ranges::find(graph_.tensors, output.name(), &TensorInfo::name);
    const bool is_constant = tensor == graph_.tensors.end();
    const auto constant = constants_.find(output.name());
    if (is_constant && is_inside.back())
      maker.add_output({output.name(), constant == constants_.end() ? base::TensorType{} : constant->second});
    if (!is_constant && is_made_inside(*tensor)) maker.add_output(named_type(*tensor));
  }
  std::vector<std::size_t> nodes;
  for (std::size_t layer = 0; layer < nodes_.size(); ++layer) {
    if (is_inside[layer]) nodes.push_back(nodes_[layer]);
  }
  maker.add_nodes(nodes);
  if (nodes.size() == nodes_.size()) maker.add_metadata();
  return std::move(maker).make();
}

// By layer, whether it is in one of the ranges. Throws Error(InvalidInput) unless they are as extract wants them.
std::vector<bool> Model::mark(const std::vector<LayerRange>& ranges) const {
  std::vector<bool> is_inside(graph_.layers.size(), false);
  std::size_t least = 0;
  for (const auto& [first, last] : ranges) {
    if (first < least || first >= last || last > graph_.layers.size()) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: stage [{}, {}) of {} layers", name(), first, last, graph_.layers.size()));
    }
    std::fill(is_inside.begin() + static_cast<std::ptrdiff_t>(first),
              is_inside.begin() + static_cast<std::ptrdiff_t>(last), true);
    least = last;
  }
  if (ranges.empty()) throw Error(ErrorKind::InvalidInput, fmt::format("{}: a stage without layers", name()));
  return is_inside;
}

std::vector<std::string> exits_of(const Model& model) {
  auto exits = model.exits();
  return exits.empty() ? in_order_of_layers(model.graph().outputs, model.graph()) : exits;
}

}  // namespace tandem::model
