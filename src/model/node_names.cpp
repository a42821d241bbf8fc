// Names of nodes: unique ones for engines, which report by them, and the tensors behind them.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

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

std::string wanted_name(const onnx::NodeProto& node) {
  std::string name = node.name();
  if (name.empty()) name = node.output_size() > 0 && !node.output(0).empty() ? node.output(0) : node.op_type();
  name = base::printable(name);  // engines write it into JSON, as it is
  std::ranges::replace_if(
      name, [](char c) { return c == '"' || c == '\\'; }, '_');
  return name;
}

// The nodes of this graph first: what is inside of them gives way.
void name_all(onnx::GraphProto& graph, Names& taken) {
  for (auto& node : *graph.mutable_node()) node.set_name(unique_name(wanted_name(node), taken));
  for (auto& node : *graph.mutable_node())
    for_each_mutable_subgraph(node, [&](onnx::GraphProto& inner) { name_all(inner, taken); });
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
  name_all(*proto.mutable_graph(), taken);
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
