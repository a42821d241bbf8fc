// Small ONNX files for tests of any folder, written with ONNX's own types: GraphBuilder makes only what the zoo needs.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/test_files.h"
#include "model/model.h"

namespace tandem::model {

inline constexpr std::int64_t kUnknown = -1;

class TestModel {
 public:
  TestModel() {
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(13);
    graph().set_name("test");
  }

  onnx::GraphProto& graph() { return *proto.mutable_graph(); }

  TestModel& input(const std::string& name, const std::vector<std::int64_t>& shape = {1, 4},
                   int element = onnx::TensorProto::FLOAT) {
    add_value(*graph().add_input(), name, shape, element);
    return *this;
  }
  // Dimensions by name: {"N", "3"}; numbers stay numbers.
  TestModel& symbolic_input(const std::string& name, const std::vector<std::string>& dimensions) {
    auto& value = *graph().add_input();
    add_value(value, name, {}, onnx::TensorProto::FLOAT);
    for (const auto& text : dimensions) {
      auto* dimension = value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
      if (std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
        dimension->set_dim_value(std::stoll(text));
      } else {
        dimension->set_dim_param(text);
      }
    }
    return *this;
  }
  TestModel& output(const std::string& name) {
    graph().add_output()->set_name(name);
    graph().mutable_output(graph().output_size() - 1)->mutable_type()->mutable_tensor_type()->set_elem_type(1);
    return *this;
  }
  onnx::NodeProto& node(const std::string& op_type, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    auto& added = *graph().add_node();
    fill_node(added, op_type, inputs, outputs);
    return added;
  }
  // A weight of float32 in the raw field.
  onnx::TensorProto& weight(const std::string& name, const std::vector<std::int64_t>& shape) {
    auto& tensor = typed_weight(name, shape, onnx::TensorProto::FLOAT);
    const std::vector<float> values(base::element_count(shape), 0.5f);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor;
  }
  onnx::TensorProto& typed_weight(const std::string& name, const std::vector<std::int64_t>& shape, int element) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(element);
    for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
    return tensor;
  }

  Source source(const ShapeByInput& shapes = {}) const {
    return Source::from_bytes(proto.SerializeAsString(), "test.onnx", shapes);
  }
  // The named tensors have the type float32 [1, 4], as most inputs of these tests have.
  Model model(const std::vector<std::string>& vectors = {}) const {
    TypeByTensor types;
    for (const auto& name : vectors) types[name] = {base::ElementType::Float32, {1, 4}};
    return Model(source(), types);
  }

  static void fill_node(onnx::NodeProto& node, const std::string& op_type, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    node.set_op_type(op_type);
    node.set_name(outputs.empty() ? op_type : outputs[0]);
    for (const auto& name : inputs) node.add_input(name);
    for (const auto& name : outputs) node.add_output(name);
  }
  static void add_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  static onnx::GraphProto& add_subgraph(onnx::NodeProto& node, const std::string& name) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    attribute.mutable_g()->set_name(name);
    return *attribute.mutable_g();
  }

  onnx::ModelProto proto;

 private:
  static void add_value(onnx::ValueInfoProto& value, const std::string& name, const std::vector<std::int64_t>& shape,
                        int element) {
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(element);
    auto* dimensions = value.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const std::int64_t dimension : shape) {
      auto* added = dimensions->add_dim();
      if (dimension != kUnknown) added->set_dim_value(dimension);
    }
  }
};

inline onnx::ModelProto proto_of(const Part& part) {
  onnx::ModelProto proto;
  proto.ParseFromString(part.graph);
  return proto;
}

inline std::multiset<std::string> op_types_of(const Part& part) {
  std::multiset<std::string> types;
  const auto proto = proto_of(part);
  for (const auto& node : proto.graph().node()) types.insert(node.op_type());
  return types;
}

inline std::vector<std::string> names_of(const std::vector<base::NamedType>& types) {
  std::vector<std::string> names;
  for (const auto& type : types) names.push_back(type.name);
  return names;
}

inline std::vector<std::string> names_of(const Graph& graph, const std::vector<TensorId>& ids) {
  std::vector<std::string> names;
  for (const TensorId id : ids) names.push_back(graph.tensors[id].name);
  return names;
}

inline std::vector<std::string> layer_names(const Model& model) {
  std::vector<std::string> names;
  for (const auto& layer : model.graph().layers) names.push_back(layer.name);
  return names;
}

using base::message_of;
using base::TemporaryFolder;

}  // namespace tandem::model
