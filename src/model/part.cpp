#include "model/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "model/attributes.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {
namespace {

constexpr std::size_t kDataAlignment = 4096;  // so that the weights can be mapped

using WeightByName = std::map<std::string, const base::Tensor*>;

void put_inside(onnx::ModelProto& proto, const WeightByName& weights) {
  for (auto& initializer : *proto.mutable_graph()->mutable_initializer()) {
    const auto weight = weights.find(initializer.name());
    if (weight == weights.end()) continue;
    initializer.clear_external_data();
    initializer.clear_data_location();
    initializer.set_raw_data(weight->second->bytes().data(), weight->second->size());
  }
}

void set_entry(onnx::TensorProto& tensor, const std::string& key, const std::string& value) {
  for (auto& entry : *tensor.mutable_external_data()) {
    if (entry.key() == key) entry.set_value(value);
  }
}

// Beside the file that is written, wherever a link to it lies.
std::filesystem::path data_path_of(const std::filesystem::path& path) {
  if (base::is_stream(path)) {
    throw base::Error(base::ErrorKind::Unsupported,
                      fmt::format("{}: a model of this size needs a second file for its weights, beside the first: "
                                  "expected a file, not a pipe or a device",
                                  path.string()));
  }
  return base::behind_links(path).string() + ".data";
}

void put_beside(onnx::ModelProto& proto, const WeightByName& weights, const std::filesystem::path& data_path) {
  base::AtomicFile data(data_path);
  std::size_t offset = 0;
  for (auto& initializer : *proto.mutable_graph()->mutable_initializer()) {
    const auto weight = weights.find(initializer.name());
    if (weight == weights.end()) continue;
    const std::size_t padding = (kDataAlignment - offset % kDataAlignment) % kDataAlignment;
    data.write(std::string(padding, '\0'));
    offset += padding;
    set_entry(initializer, "location", data_path.filename().string());
    set_entry(initializer, "offset", std::to_string(offset));
    data.write(weight->second->bytes());
    offset += weight->second->size();
  }
  data.commit();
}

}  // namespace

void forget_sizes(onnx::ValueInfoProto& value) {
  if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) return;
  for (auto& dimension : *value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim())
    dimension.Clear();
}

onnx::ModelProto parse_graph(const Part& part) {
  onnx::ModelProto proto;
  if (!proto.ParseFromString(part.graph))
    throw base::Error(base::ErrorKind::InvalidInput, "a part's graph is not an ONNX model");
  return proto;
}

Part with_outputs(Part part, const std::vector<std::string>& names) {
  onnx::ModelProto proto = parse_graph(part);
  auto& outputs = *proto.mutable_graph()->mutable_output();
  const auto all = outputs;
  const auto all_types = std::move(part.outputs);
  outputs.Clear();
  part.outputs.clear();
  for (const auto& name : names) {
    const auto type = std::ranges::find(all_types, name, &base::NamedType::name);
    if (type == all_types.end())
      throw base::Error(base::ErrorKind::NotFound, fmt::format("the part has no output '{}'", name));
    part.outputs.push_back(*type);
    *outputs.Add() = *std::ranges::find(all, name, [](const auto& output) { return output.name(); });
  }
  part.graph = proto.SerializeAsString();
  return part;
}

Part with_metadata(Part part, const std::string& key, const std::string& value) {
  onnx::ModelProto proto = parse_graph(part);
  auto& entry = *proto.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
  part.graph = proto.SerializeAsString();
  return part;
}

Part with_open_inputs(Part part) {
  onnx::ModelProto proto = parse_graph(part);
  for (auto& input : *proto.mutable_graph()->mutable_input()) forget_sizes(input);
  part.graph = proto.SerializeAsString();
  return part;
}

std::string digest_of(const Part& part) {
  base::Digester digester;
  digester.add(base::digest_of(part.graph));
  for (const auto& weight : part.weights) {
    digester.add(weight.name);
    digester.add(base::digest_of(weight.tensor.bytes()));
  }
  return digester.finish();
}

void write_onnx(const Part& part, const std::filesystem::path& path, std::size_t largest_inline_bytes) {
  onnx::ModelProto proto = parse_graph(part);
  WeightByName weights;
  std::size_t total = part.graph.size();
  for (const auto& weight : part.weights) {
    weights[weight.name] = &weight.tensor;
    total += weight.tensor.size();
  }
  if (total < largest_inline_bytes) {
    put_inside(proto, weights);
  } else {
    put_beside(proto, weights, data_path_of(path));
  }
  base::AtomicFile file(path);
  file.write(proto.SerializeAsString());
  file.commit();
}

void check_part(const Part& part) {
  onnx::ModelProto proto = parse_graph(part);
  check_attributes(proto, "a part");
  std::set<const onnx::TensorProto*> own;
  std::set<std::string> names;
  for (const auto& weight : part.weights) names.insert(weight.name);
  for (const auto& initializer : proto.graph().initializer()) {
    if (names.contains(initializer.name())) own.insert(&initializer);
  }
  for_each_tensor(proto, [&](const onnx::TensorProto& tensor) {
    if (!is_external(tensor) || own.contains(&tensor)) return;
    throw base::Error(base::ErrorKind::Refused,
                      fmt::format("tensor '{}' lies in a file; a part's tensors are inside its graph or beside it",
                                  tensor.name().substr(0, 100)));
  });
}

}  // namespace tandem::model
