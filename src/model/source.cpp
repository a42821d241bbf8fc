// Reading an ONNX file: parse, fix the input shapes, move the weights out of the graph.
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "model/attributes.h"
#include "model/input_shapes.h"
#include "model/model.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kFirstVersionWithoutInitializerInputs = 4;

void check_size(std::size_t size, const std::string& name) {
  if (size <= INT_MAX) return;
  throw Error(
      ErrorKind::InvalidInput,
      fmt::format("{}: {} bytes; an ONNX file is at most 2 GB, with larger weights as external data", name, size));
}

onnx::ModelProto checked(onnx::ModelProto proto, bool is_parsed, const std::string& name) {
  if (is_parsed && proto.has_graph() && proto.graph().node_size() > 0) return proto;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{}: not an ONNX model (expected a ModelProto with a graph of nodes)", name));
}

onnx::ModelProto parse_bytes(const std::string& bytes, const std::string& name) {
  check_size(bytes.size(), name);
  onnx::ModelProto proto;
  const bool is_parsed = proto.ParseFromString(bytes);
  return checked(std::move(proto), is_parsed, name);
}

// In pieces, so that weights are in memory once.
onnx::ModelProto parse_file(const std::filesystem::path& path) {
  check_size(base::map_file(path).bytes.size(), path.string());  // or says why it cannot be read
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto proto;
  const bool is_parsed = proto.ParseFromIstream(&file);
  return checked(std::move(proto), is_parsed, path.string());
}

void keep_declarations(Source::Contents& contents) {
  *contents.declared.mutable_input() = contents.proto.graph().input();
  *contents.declared.mutable_output() = contents.proto.graph().output();
}

void set_shape(onnx::ValueInfoProto& input, const base::Shape& shape) {
  auto* proto = input.mutable_type()->mutable_tensor_type()->mutable_shape();
  proto->clear_dim();
  for (const std::int64_t dimension : shape) proto->add_dim()->set_dim_value(dimension);
}

// Leaves only real inputs in the graph: older files list their initializers there too, which would also keep an engine
// from treating them as constants.
void fix_inputs(Source::Contents& contents, const ShapeByInput& shapes) {
  auto& graph = *contents.proto.mutable_graph();
  auto& inputs = *graph.mutable_input();
  const auto is_initializer = [&](const auto& input) { return contents.initializers.contains(input.name()); };
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(), is_initializer), inputs.end());
  contents.inputs = fixed_input_types(graph, shapes, contents.name);
  for (int i = 0; i < inputs.size(); ++i) set_shape(inputs[i], contents.inputs[static_cast<std::size_t>(i)].type.shape);
}

// What was inferred for the file's own dimensions may not hold for the given ones; the engine infers it again. Protobuf
// has bounded the depth when it parsed the file.
void forget_inferred_shapes(onnx::GraphProto& graph) {
  graph.clear_value_info();
  for (auto& output : *graph.mutable_output()) {
    if (output.type().has_tensor_type()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
  const auto forget_inside = [](onnx::GraphProto& inner) {
    // Not the ranks: the engine does not infer those of what a Loop carries.
    for (auto& input : *inner.mutable_input()) forget_sizes(input);
    forget_inferred_shapes(inner);
  };
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) forget_inside(*attribute.mutable_g());
      for (auto& inner : *attribute.mutable_graphs()) forget_inside(inner);
    }
  }
}

void index_initializers(Source::Contents& contents) {
  const auto& graph = contents.proto.graph();
  for (int i = 0; i < graph.initializer_size(); ++i) {
    if (!contents.initializers.emplace(graph.initializer(i).name(), i).second) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: initializer '{}' is defined twice", contents.name, graph.initializer(i).name()));
    }
  }
}

void take_weights(Source::Contents& contents, const std::filesystem::path& folder) {
  for_each_tensor(contents.proto,
                  [&](const onnx::TensorProto& tensor) { contents.is_one_file &= !is_external(tensor); });
  for (auto& initializer : *contents.proto.mutable_graph()->mutable_initializer()) {
    const std::string where = fmt::format("{}: initializer '{}'", contents.name, initializer.name());
    base::Tensor weight = take_weight(initializer, folder, where);
    if (!weight.empty()) contents.weights.emplace(initializer.name(), std::move(weight));
  }
  take_inner_data(contents.proto, folder, contents.name);
}

std::shared_ptr<const Source::Contents> finish(std::shared_ptr<Source::Contents> contents, const ShapeByInput& shapes) {
  contents->proto.set_ir_version(
      std::max<std::int64_t>(contents->proto.ir_version(), kFirstVersionWithoutInitializerInputs));
  contents->proto.clear_training_info();
  rename_duplicates(*contents->proto.mutable_graph());
  keep_declarations(*contents);
  check_exits(*contents);
  fix_inputs(*contents, shapes);
  check_attributes(contents->proto, contents->name);
  forget_inferred_shapes(*contents->proto.mutable_graph());
  analyse(*contents);
  return contents;
}

std::shared_ptr<Source::Contents> begin(onnx::ModelProto proto, const std::string& name) {
  drop_empty_tails(proto);
  auto contents = std::make_shared<Source::Contents>();
  contents->name = name;
  contents->proto = std::move(proto);
  index_initializers(*contents);
  return contents;
}

}  // namespace

Source Source::read(const std::filesystem::path& path, const ShapeByInput& shapes) {
  auto contents = begin(parse_file(path), path.string());
  take_weights(*contents, path.parent_path());
  Source source;
  source.contents_ = finish(std::move(contents), shapes);
  return source;
}

Source Source::from_bytes(std::string bytes, const std::string& name, const ShapeByInput& shapes) {
  auto contents = begin(parse_bytes(bytes, name), name);
  // Bytes have no folder: external data that they name must not be found.
  take_weights(*contents, "/nonexistent");
  Source source;
  source.contents_ = finish(std::move(contents), shapes);
  return source;
}

Source Source::from_part(const Part& part, const std::string& name) {
  auto contents = begin(parse_bytes(part.graph, name), name);
  for (const auto& [weight_name, tensor] : part.weights) contents->weights.emplace(weight_name, tensor);
  Source source;
  source.contents_ = finish(std::move(contents), {});
  return source;
}

const std::string& Source::name() const {
  return contents_->name;
}

std::optional<std::string> Source::metadata(const std::string& key) const {
  for (const auto& entry : contents_->proto.metadata_props()) {
    if (entry.key() == key) return entry.value();
  }
  return std::nullopt;
}

}  // namespace tandem::model
