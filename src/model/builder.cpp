#include "model/builder.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {

using base::Error;
using base::ErrorKind;

namespace {

constexpr int kOpset = 13;
constexpr int kIrVersion = 8;

void set_type(onnx::ValueInfoProto& value, const std::string& name, const base::TensorType& type) {
  value.set_name(name);
  auto* tensor_type = value.mutable_type()->mutable_tensor_type();
  tensor_type->set_elem_type(static_cast<std::int32_t>(type.element));
  auto* shape = tensor_type->mutable_shape();
  for (auto dimension : type.shape) shape->add_dim()->set_dim_value(dimension);
}

void set_header(onnx::TensorProto& proto, const std::string& name, const base::Tensor& tensor) {
  proto.set_name(name);
  set_tensor_type(proto, tensor.type());
}

void set_bytes_inside(onnx::TensorProto& proto, const base::Tensor& tensor) {
  proto.set_raw_data(tensor.bytes().data(), tensor.size());
}

// One overload for each alternative of AttributeValue.
struct AttributeWriter {
  onnx::AttributeProto& proto;
  const std::string& owner;  // the node's name, which its tensors carry

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (auto value : values) proto.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (auto value : values) proto.add_floats(value);
  }
  void operator()(const base::Tensor& tensor) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    proto.mutable_t()->set_name(owner);
    set_tensor(*proto.mutable_t(), tensor);
  }
};

// "Conv", or "com.example::Conv", whose domain is imported then.
void set_operator(onnx::NodeProto& node, const std::string& text, onnx::ModelProto& model) {
  const auto colons = text.find("::");
  node.set_op_type(colons == std::string::npos ? text : text.substr(colons + 2));
  if (colons == std::string::npos) return;
  node.set_domain(text.substr(0, colons));
  const auto& imports = model.opset_import();
  if (std::ranges::find(imports, node.domain(), &onnx::OperatorSetIdProto::domain) != imports.end()) return;
  auto& import = *model.add_opset_import();
  import.set_domain(node.domain());
  import.set_version(1);
}

}  // namespace

struct GraphBuilder::State {
  onnx::ModelProto model;
  Part part;
  std::set<std::string> names;
};

GraphBuilder::GraphBuilder(const std::string& name) : state_(std::make_unique<State>()) {
  state_->model.set_ir_version(kIrVersion);
  state_->model.set_producer_name("tandem");
  state_->model.add_opset_import()->set_version(kOpset);
  state_->model.mutable_graph()->set_name(name);
}

GraphBuilder::GraphBuilder(const Source& source) : state_(std::make_unique<State>()) {
  const Source::Contents& contents = *source.contents_;
  state_->model = contents.proto;
  auto& graph = *state_->model.mutable_graph();
  *graph.mutable_input() = contents.declared.input();
  *graph.mutable_output() = contents.declared.output();
  for (const auto& [name, tensor] : contents.weights) state_->part.weights.push_back({name, tensor});
  state_->part.inputs = contents.inputs;
  for (const auto& output : graph.output()) state_->part.outputs.push_back({output.name(), {}});
  for (const auto& input : graph.input()) state_->names.insert(input.name());
  for (const auto& [name, index] : contents.initializers) state_->names.insert(name);
  for (const auto& [name, node] : contents.producers) state_->names.insert(name);
}

GraphBuilder::~GraphBuilder() = default;
GraphBuilder::GraphBuilder(GraphBuilder&&) noexcept = default;
GraphBuilder& GraphBuilder::operator=(GraphBuilder&&) noexcept = default;

void GraphBuilder::add_name(const std::string& name) {
  if (name.empty()) throw Error(ErrorKind::Internal, "a tensor of the graph has no name");
  if (!state_->names.insert(name).second) {
    throw Error(ErrorKind::Internal, "the graph already has a tensor '" + name + "'");
  }
}

void GraphBuilder::require(const std::string& tensor, const std::string& reader) const {
  if (tensor.empty() || state_->names.contains(tensor)) return;
  throw Error(ErrorKind::Internal, "'" + reader + "' reads '" + tensor + "', which nothing before it makes");
}

std::string GraphBuilder::input(const std::string& name, const base::TensorType& type) {
  add_name(name);
  set_type(*state_->model.mutable_graph()->add_input(), name, type);
  state_->part.inputs.push_back({name, type});
  return name;
}

std::string GraphBuilder::weight(const std::string& name, const base::Tensor& tensor) {
  add_name(name);
  auto& proto = *state_->model.mutable_graph()->add_initializer();
  set_header(proto, name, tensor);
  if (tensor.size() < kSmallestWeightBytes) {
    set_bytes_inside(proto, tensor);
  } else {
    make_placeholder(proto, tensor.size());
    state_->part.weights.push_back({name, tensor});
  }
  return name;
}

void GraphBuilder::replace_weight(const std::string& name, const base::Tensor& tensor) {
  auto& initializers = *state_->model.mutable_graph()->mutable_initializer();
  const auto proto = std::ranges::find(initializers, name, &onnx::TensorProto::name);
  if (proto == initializers.end()) throw Error(ErrorKind::Internal, "the graph has no weight '" + name + "'");
  const base::Shape shape(proto->dims().begin(), proto->dims().end());
  if (shape != tensor.shape() || proto->data_type() != static_cast<std::int32_t>(tensor.element()))
    throw Error(ErrorKind::Internal, "new values for weight '" + name + "' are of another type or shape");
  const auto beside = std::ranges::find(state_->part.weights, name, &base::NamedTensor::name);
  if (beside != state_->part.weights.end()) {
    beside->tensor = tensor;
  } else {
    proto->Clear();
    set_header(*proto, name, tensor);
    set_bytes_inside(*proto, tensor);
  }
}

std::string GraphBuilder::constant(const std::string& name, const base::Tensor& tensor) {
  return node("Constant", {}, {{"value", tensor}}, name);
}

std::string GraphBuilder::node(const std::string& op_type, const std::vector<std::string>& inputs,
                               const std::vector<Attribute>& attributes, const std::string& output) {
  for (const auto& tensor : inputs) require(tensor, output);
  add_name(output);
  auto& proto = *state_->model.mutable_graph()->add_node();
  set_operator(proto, op_type, state_->model);
  proto.set_name(output);
  proto.add_output(output);
  for (const auto& tensor : inputs) proto.add_input(tensor);
  for (const auto& attribute : attributes) {
    auto& written = *proto.add_attribute();
    written.set_name(attribute.name);
    std::visit(AttributeWriter{written, output}, attribute.value);
  }
  return output;
}

void GraphBuilder::output(const std::string& name, const base::TensorType& type) {
  require(name, "output");
  set_type(*state_->model.mutable_graph()->add_output(), name, type);
  state_->part.outputs.push_back({name, type});
}

void GraphBuilder::metadata(const std::string& key, const std::string& value) {
  auto& entries = *state_->model.mutable_metadata_props();
  auto entry = std::ranges::find(entries, key, &onnx::StringStringEntryProto::key);
  onnx::StringStringEntryProto& written = entry == entries.end() ? *entries.Add() : *entry;
  written.set_key(key);
  written.set_value(value);
}

Part GraphBuilder::finish() {
  Part part = std::move(state_->part);
  if (!state_->model.SerializeToString(&part.graph)) {
    throw Error(ErrorKind::Internal, "the graph '" + state_->model.graph().name() + "' is too large to write");
  }
  *this = GraphBuilder(state_->model.graph().name());
  return part;
}

}  // namespace tandem::model
