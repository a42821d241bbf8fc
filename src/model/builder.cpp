#include "model/builder.h"

#include <onnx/onnx_pb.h>

#include <set>
#include <utility>

#include "base/error.h"

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
  proto.set_data_type(static_cast<std::int32_t>(tensor.element()));
  for (auto dimension : tensor.shape()) proto.add_dims(dimension);
}

void set_bytes_inside(onnx::TensorProto& proto, const base::Tensor& tensor) {
  proto.set_raw_data(tensor.bytes().data(), tensor.size());
}

void add_external_entry(onnx::TensorProto& proto, const std::string& key, const std::string& value) {
  auto* entry = proto.add_external_data();
  entry->set_key(key);
  entry->set_value(value);
}

void set_bytes_outside(onnx::TensorProto& proto, const base::Tensor& tensor) {
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  add_external_entry(proto, "location", kWeightLocation);
  add_external_entry(proto, "offset", "0");
  add_external_entry(proto, "length", std::to_string(tensor.size()));
}

// One overload for each alternative of AttributeValue.
struct AttributeWriter {
  onnx::AttributeProto& proto;

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
};

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
    set_bytes_outside(proto, tensor);
    state_->part.weights.push_back({name, tensor});
  }
  return name;
}

std::string GraphBuilder::constant(const std::string& name, const base::Tensor& tensor) {
  node("Constant", {}, {}, name);
  auto* nodes = state_->model.mutable_graph()->mutable_node();
  auto* attribute = nodes->Mutable(nodes->size() - 1)->add_attribute();
  attribute->set_name("value");
  attribute->set_type(onnx::AttributeProto::TENSOR);
  set_header(*attribute->mutable_t(), name, tensor);
  set_bytes_inside(*attribute->mutable_t(), tensor);
  return name;
}

std::string GraphBuilder::node(const std::string& op_type, const std::vector<std::string>& inputs,
                               const std::vector<Attribute>& attributes, const std::string& output) {
  for (const auto& tensor : inputs) require(tensor, output);
  add_name(output);
  auto& proto = *state_->model.mutable_graph()->add_node();
  proto.set_op_type(op_type);
  proto.set_name(output);
  proto.add_output(output);
  for (const auto& tensor : inputs) proto.add_input(tensor);
  for (const auto& attribute : attributes) {
    auto& written = *proto.add_attribute();
    written.set_name(attribute.name);
    std::visit(AttributeWriter{written}, attribute.value);
  }
  return output;
}

void GraphBuilder::output(const std::string& name, const base::TensorType& type) {
  require(name, "output");
  set_type(*state_->model.mutable_graph()->add_output(), name, type);
  state_->part.outputs.push_back({name, type});
}

void GraphBuilder::metadata(const std::string& key, const std::string& value) {
  auto* entry = state_->model.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
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
