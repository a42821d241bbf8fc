// Names of nodes: unique ones for engines, which report by them, and the tensors behind them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "model/onnx_contents.h"
#include "model/part.h"

namespace tandem::model {
namespace {

using Names = std::unordered_set<std::string>;

template <class Action>
void for_each_mutable_subgraph(onnx::NodeProto& node, const Action& action) {
  for (auto& attribute : *node.mutable_attribute()) {
    if (attribute.has_g()) action(*attribute.mutable_g());
    for (auto& graph : *attribute.mutable_graphs()) action(graph);
  }
}

// Engines write names into JSON as they are.
std::string fit_for_json(const std::string& name) {
  std::string fit = base::printable(name);
  std::ranges::replace_if(
      fit, [](char c) { return c == '"' || c == '\\'; }, '_');
  return fit;
}

std::string wanted_name(const onnx::NodeProto& node) {
  if (!node.name().empty()) return fit_for_json(node.name());
  return fit_for_json(node.output_size() > 0 && !node.output(0).empty() ? node.output(0) : node.op_type());
}

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// These nodes first: what is inside of them gives way.
void name_all(Nodes& nodes, Names& taken) {
  for (auto& node : nodes) node.set_name(unique_name(wanted_name(node), taken));
  for (auto& node : nodes)
    for_each_mutable_subgraph(node, [&](onnx::GraphProto& inner) { name_all(*inner.mutable_node(), taken); });
}

// Functions of the file by domain and name. Engines make names of nodes from theirs.
using FunctionNames = std::map<std::pair<std::string, std::string>, std::string>;

FunctionNames names_of_functions(const onnx::ModelProto& proto) {
  FunctionNames names;
  Names taken;
  for (const auto& function : proto.functions()) {
    const auto [entry, is_new] = names.try_emplace({function.domain(), function.name()});
    if (is_new) entry->second = unique_name(fit_for_json(function.name()), taken);
  }
  return names;
}

void rename_calls(Nodes& nodes, const FunctionNames& names) {
  for (auto& node : nodes) {
    const auto called = names.find({node.domain(), node.op_type()});
    if (called != names.end()) node.set_op_type(called->second);
    for_each_mutable_subgraph(node, [&](onnx::GraphProto& inner) { rename_calls(*inner.mutable_node(), names); });
  }
}

void rename_functions(onnx::ModelProto& proto) {
  const FunctionNames names = names_of_functions(proto);
  rename_calls(*proto.mutable_graph()->mutable_node(), names);
  for (auto& function : *proto.mutable_functions()) {
    function.set_name(names.at({function.domain(), function.name()}));
    rename_calls(*function.mutable_node(), names);
    Names taken;
    name_all(*function.mutable_node(), taken);
  }
}

}  // namespace

std::string unique_name(const std::string& wanted, Names& taken) {
  std::string name = wanted;
  for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}#{}", wanted, i);
  return name;
}

void rename_duplicates(onnx::GraphProto& graph) {
  Names taken;
  for (auto& node : *graph.mutable_node()) {
    if (!node.name().empty()) node.set_name(unique_name(node.name(), taken));
    for_each_mutable_subgraph(node, [](onnx::GraphProto& inner) { rename_duplicates(inner); });
  }
}

Part with_node_names(Part part) {
  onnx::ModelProto proto;
  if (!proto.ParseFromString(part.graph))
    throw base::Error(base::ErrorKind::InvalidInput, "a part's graph is not an ONNX model");
  Names taken;
  name_all(*proto.mutable_graph()->mutable_node(), taken);
  rename_functions(proto);
  part.graph = proto.SerializeAsString();
  return part;
}

std::vector<NodeLinks> links_of(const std::string& graph) {
  onnx::ModelProto proto;
  if (!proto.ParseFromString(graph))
    throw base::Error(base::ErrorKind::InvalidInput, "the graph of an engine is not an ONNX model");
  std::vector<NodeLinks> links;
  for (const auto& node : proto.graph().node()) {
    NodeFacts facts = facts_of(node);
    links.push_back({node.name(), node.op_type(), std::move(facts.reads), std::move(facts.writes)});
  }
  return links;
}

}  // namespace tandem::model
