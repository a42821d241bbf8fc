#include "model/part_maker.h"

#include <algorithm>
#include <utility>

namespace tandem::model {
namespace {

void set_type(onnx::ValueInfoProto& value, const base::NamedType& type) {
  value.set_name(type.name);
  auto* tensor = value.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(static_cast<int>(type.type.element));
  if (type.type.shape == base::Shape{base::kUnknownRank}) return;
  auto* shape = tensor->mutable_shape();
  for (const std::int64_t dimension : type.type.shape) {
    auto* added = shape->add_dim();
    if (dimension != base::kUnknownDimension) added->set_dim_value(dimension);
  }
}

}  // namespace

PartMaker::PartMaker(const Source::Contents& contents) : contents_(contents) {
  proto_.set_ir_version(contents.proto.ir_version());
  proto_.set_producer_name("tandem");
  *proto_.mutable_opset_import() = contents.proto.opset_import();
  *proto_.mutable_functions() = contents.proto.functions();
  proto_.mutable_graph()->set_name(contents.proto.graph().name());
}

void PartMaker::add_input(const base::NamedType& input) {
  set_type(*proto_.mutable_graph()->add_input(), input);
  part_.inputs.push_back(input);
}

void PartMaker::add_output(const base::NamedType& output) {
  declare(*proto_.mutable_graph()->add_output(), output);
  part_.outputs.push_back(base::is_fixed(output.type) ? output : base::NamedType{output.name, {}});
  contents_.add_constants(output.name, closure_);
}

void PartMaker::add_nodes(const std::vector<std::size_t>& nodes) {
  nodes_ = nodes;
  for (const std::size_t node : nodes) {
    for (const auto& name : contents_.nodes[node].reads) contents_.add_constants(name, closure_);
  }
}

void PartMaker::add_shape_output(const std::string& tensor, const std::string& output) {
  onnx::NodeProto node;
  node.set_op_type("Shape");
  node.add_input(tensor);
  node.add_output(output);
  shape_nodes_.push_back(std::move(node));
  add_output({output, {base::ElementType::Int64, {base::kUnknownRank}}});
}

void PartMaker::add_metadata() {
  *proto_.mutable_metadata_props() = contents_.proto.metadata_props();
}

Part PartMaker::make() && {
  auto& graph = *proto_.mutable_graph();
  const auto node_of = [&](std::size_t node) -> const auto& {
    return contents_.proto.graph().node(static_cast<int>(node));
  };
  for (const std::size_t node : contents_.topological) {
    if (closure_.nodes.contains(node)) *graph.add_node() = node_of(node);
  }
  for (const std::size_t node : nodes_) *graph.add_node() = node_of(node);
  for (auto& node : shape_nodes_) *graph.add_node() = std::move(node);
  add_initializers(graph);
  part_.graph = proto_.SerializeAsString();
  return std::move(part_);
}

// As much of an output's type as is known: without any, ONNX's checker refuses the graph.
void PartMaker::declare(onnx::ValueInfoProto& value, const base::NamedType& output) const {
  value.set_name(output.name);
  const auto& outputs = contents_.proto.graph().output();
  const auto same = std::ranges::find(outputs, output.name, &onnx::ValueInfoProto::name);
  if (base::is_fixed(output.type)) {
    set_type(value, output);
  } else if (static_cast<int>(output.type.element) > 0) {
    value.mutable_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(output.type.element));
  } else if (same != outputs.end() && same->has_type() && !same->type().has_tensor_type()) {
    *value.mutable_type() = same->type();
  }
}

void PartMaker::add_initializers(onnx::GraphProto& graph) {
  for (const auto& name : closure_.initializers) {
    const auto index = contents_.initializers.find(name);
    if (index == contents_.initializers.end()) continue;
    *graph.add_initializer() = contents_.proto.graph().initializer(index->second);
    const auto weight = contents_.weights.find(name);
    if (weight != contents_.weights.end()) part_.weights.push_back({name, weight->second});
  }
  for (const auto& sparse : contents_.proto.graph().sparse_initializer()) {
    if (closure_.initializers.contains(sparse.values().name())) *graph.add_sparse_initializer() = sparse;
  }
}

}  // namespace tandem::model
