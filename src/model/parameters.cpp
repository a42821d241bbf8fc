#include "model/parameters.h"

#include <algorithm>

namespace tandem::model {
namespace {

using base::ElementType;

template <class Dimensions>
std::int64_t product_of(const Dimensions& dimensions) {
  return static_cast<std::int64_t>(base::element_count(base::Shape(dimensions.begin(), dimensions.end())));
}

bool holds_weights(const onnx::TensorProto& tensor) {
  const auto type = static_cast<ElementType>(tensor.data_type());
  const bool is_floating = type == ElementType::Float32 || type == ElementType::Float16 ||
                           type == ElementType::Float64 || type == ElementType::BFloat16;
  return is_floating || type == ElementType::Int8 || type == ElementType::UInt8;
}

std::int64_t elements_of(const onnx::TensorProto& tensor) {
  return holds_weights(tensor) ? product_of(tensor.dims()) : 0;
}

std::int64_t elements_of(const onnx::SparseTensorProto& tensor) {
  return holds_weights(tensor.values()) ? product_of(tensor.dims()) : 0;  // engines make it dense
}

std::int64_t inside(const onnx::NodeProto& node);

std::int64_t inside(const onnx::GraphProto& graph) {
  std::int64_t count = 0;
  for (const auto& initializer : graph.initializer()) count += elements_of(initializer);
  for (const auto& sparse : graph.sparse_initializer()) count += elements_of(sparse);
  for (const auto& node : graph.node()) count += inside(node);
  return count;
}

// Protobuf has bounded the depth when it parsed the file.
std::int64_t inside(const onnx::NodeProto& node) {
  constexpr int kLeastDimensions = 2;
  std::int64_t count = 0;
  for (const auto& attribute : node.attribute()) {
    if (node.op_type() != "Constant") break;
    if (attribute.has_t() && attribute.t().dims_size() >= kLeastDimensions) count += elements_of(attribute.t());
    if (attribute.has_sparse_tensor()) count += elements_of(attribute.sparse_tensor());
  }
  for_each_subgraph(node, [&](const onnx::GraphProto& graph) { count += inside(graph); });
  return count;
}

}  // namespace

std::int64_t ParameterCount::of_initializer(const std::string& name) const {
  const auto& graph = contents_.proto.graph();
  if (const auto index = contents_.initializers.find(name); index != contents_.initializers.end())
    return elements_of(graph.initializer(index->second));
  const auto& sparse = graph.sparse_initializer();
  const auto found =
      std::ranges::find_if(sparse, [&](const auto& candidate) { return candidate.values().name() == name; });
  return found == sparse.end() ? 0 : elements_of(*found);
}

std::int64_t ParameterCount::count_new(std::size_t node) {
  Source::Contents::ConstantClosure closure;
  for (const auto& name : contents_.nodes[node].reads) contents_.add_constants(name, closure);
  const auto& nodes = contents_.proto.graph().node();
  std::int64_t count = inside(nodes.Get(static_cast<int>(node)));
  for (const std::size_t constant : closure.nodes)
    count += nodes_.insert(constant).second ? inside(nodes.Get(static_cast<int>(constant))) : 0;
  for (const auto& name : closure.initializers) count += initializers_.insert(name).second ? of_initializer(name) : 0;
  return count;
}

}  // namespace tandem::model
