#include "model/onnx_tensors.h"

namespace tandem::model {
namespace {

using TensorAction = std::function<void(onnx::TensorProto&)>;

void visit_nodes(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const TensorAction& action);

void visit_sparse(onnx::SparseTensorProto& sparse, const TensorAction& action) {
  if (sparse.has_values()) action(*sparse.mutable_values());
  if (sparse.has_indices()) action(*sparse.mutable_indices());
}

void visit_graph(onnx::GraphProto& graph, const TensorAction& action) {
  for (auto& tensor : *graph.mutable_initializer()) action(tensor);
  for (auto& sparse : *graph.mutable_sparse_initializer()) visit_sparse(sparse, action);
  visit_nodes(*graph.mutable_node(), action);
}

// Protobuf has bounded the depth when it parsed the file.
void visit_nodes(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const TensorAction& action) {
  for (auto& node : nodes) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_t()) action(*attribute.mutable_t());
      for (auto& tensor : *attribute.mutable_tensors()) action(tensor);
      if (attribute.has_sparse_tensor()) visit_sparse(*attribute.mutable_sparse_tensor(), action);
      for (auto& sparse : *attribute.mutable_sparse_tensors()) visit_sparse(sparse, action);
      if (attribute.has_g()) visit_graph(*attribute.mutable_g(), action);
      for (auto& graph : *attribute.mutable_graphs()) visit_graph(graph, action);
    }
  }
}

}  // namespace

void for_each_tensor(onnx::ModelProto& proto, const TensorAction& action) {
  visit_graph(*proto.mutable_graph(), action);
  for (auto& function : *proto.mutable_functions()) visit_nodes(*function.mutable_node(), action);
}

bool is_external(const onnx::TensorProto& tensor) {
  return tensor.has_data_location() && tensor.data_location() == onnx::TensorProto::EXTERNAL;
}

void set_tensor_type(onnx::TensorProto& proto, const base::TensorType& type) {
  proto.set_data_type(static_cast<std::int32_t>(type.element));
  for (const std::int64_t dimension : type.shape) proto.add_dims(dimension);
}

void set_tensor(onnx::TensorProto& proto, const base::Tensor& tensor) {
  set_tensor_type(proto, tensor.type());
  proto.set_raw_data(tensor.bytes().data(), tensor.size());
}

}  // namespace tandem::model
