// Reads and writes of each node of a file, which nodes are constant, and an order in which they can run.
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_set>

#include "base/error.h"
#include "model/onnx_contents.h"
#include "model/random_operators.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

void collect_captures(const onnx::GraphProto& graph, std::vector<std::string>& captures, int depth) {
  if (depth > kMaxSubgraphDepth) throw Error(ErrorKind::InvalidInput, "subgraphs nested too deeply");
  std::unordered_set<std::string> defined;
  for (const auto& input : graph.input()) defined.insert(input.name());
  for (const auto& initializer : graph.initializer()) defined.insert(initializer.name());
  for (const auto& initializer : graph.sparse_initializer()) defined.insert(initializer.values().name());
  std::vector<std::string> used;
  for (const auto& node : graph.node()) {
    for (const auto& input : node.input()) used.push_back(input);
    for_each_subgraph(node, [&](const onnx::GraphProto& inner) { collect_captures(inner, used, depth + 1); });
    for (const auto& output : node.output()) defined.insert(output);
  }
  for (const auto& output : graph.output()) used.push_back(output.name());
  for (auto& name : used) {
    if (!name.empty() && !defined.contains(name)) captures.push_back(std::move(name));
  }
}

Error defined_twice(const Source::Contents& contents, const std::string& name) {
  return Error(ErrorKind::InvalidInput,
               fmt::format("{}: tensor '{}' is defined twice", contents.name, name.substr(0, 100)));
}

void index_producers(Source::Contents& contents) {
  std::unordered_set<std::string> inputs;
  for (const auto& input : contents.inputs) {
    if (!inputs.insert(input.name).second) throw defined_twice(contents, input.name);
  }
  for (std::size_t node = 0; node < contents.nodes.size(); ++node) {
    for (const auto& name : contents.nodes[node].writes) {
      const bool is_new = contents.producers.emplace(name, node).second;
      if (!is_new || inputs.contains(name) || contents.initializers.contains(name)) throw defined_twice(contents, name);
    }
  }
}

bool is_defined(const Source::Contents& contents, const std::string& name,
                const std::unordered_set<std::string>& givens) {
  return contents.producers.contains(name) || contents.initializers.contains(name) || givens.contains(name);
}

void check_names(const Source::Contents& contents) {
  std::unordered_set<std::string> givens;
  for (const auto& input : contents.inputs) givens.insert(input.name);
  for (const auto& sparse : contents.proto.graph().sparse_initializer()) givens.insert(sparse.values().name());
  const auto check = [&](const std::string& name, const std::string& reader) {
    if (is_defined(contents, name, givens)) return;
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: {} reads tensor '{}', which nothing makes", contents.name,
                                                     reader, name.substr(0, 100)));
  };
  for (std::size_t i = 0; i < contents.nodes.size(); ++i) {
    const auto& node = contents.proto.graph().node(static_cast<int>(i));
    for (const auto& name : contents.nodes[i].reads)
      check(name, fmt::format("node '{}' ({})", node.name(), node.op_type()));
  }
  std::unordered_set<std::string> outputs;
  for (const auto& output : contents.proto.graph().output()) {
    check(output.name(), "the model's output list");
    if (outputs.insert(output.name()).second) continue;
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: output '{}' is listed twice", contents.name, output.name().substr(0, 100)));
  }
}

// Kahn's algorithm; the file's order among nodes that are ready.
void sort_topologically(Source::Contents& contents) {
  const std::size_t count = contents.nodes.size();
  std::vector<std::size_t> waits_for(count, 0);
  std::vector<std::vector<std::size_t>> readers(count);
  for (std::size_t node = 0; node < count; ++node) {
    for (const auto& name : contents.nodes[node].reads) {
      const auto producer = contents.producers.find(name);
      if (producer == contents.producers.end()) continue;
      readers[producer->second].push_back(node);
      ++waits_for[node];
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t node = 0; node < count; ++node) {
    if (waits_for[node] == 0) ready.push(node);
  }
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    contents.topological.push_back(node);
    for (const std::size_t reader : readers[node]) {
      if (--waits_for[reader] == 0) ready.push(reader);
    }
  }
  if (contents.topological.size() != count) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: the graph has a cycle", contents.name));
  }
}

void mark_constants(Source::Contents& contents) {
  const RandomOperators random(contents.proto);
  for (const std::size_t node : contents.topological) {
    auto& facts = contents.nodes[node];
    const bool reads_constants =
        std::ranges::all_of(facts.reads, [&](const std::string& name) { return contents.is_constant(name); });
    facts.is_constant = reads_constants && !random.are_in(contents.proto.graph().node(static_cast<int>(node)));
  }
}

}  // namespace

NodeFacts facts_of(const onnx::NodeProto& node) {
  NodeFacts facts;
  for (const auto& input : node.input()) facts.reads.push_back(input);
  for_each_subgraph(node, [&](const onnx::GraphProto& graph) { collect_captures(graph, facts.reads, 0); });
  std::erase(facts.reads, "");
  std::unordered_set<std::string> seen;
  std::erase_if(facts.reads, [&](const std::string& name) { return !seen.insert(name).second; });
  for (const auto& output : node.output()) {
    if (!output.empty()) facts.writes.push_back(output);
  }
  return facts;
}

void analyse(Source::Contents& contents) {
  contents.nodes.clear();
  contents.topological.clear();
  contents.producers.clear();
  for (const auto& node : contents.proto.graph().node()) contents.nodes.push_back(facts_of(node));
  index_producers(contents);
  check_names(contents);
  sort_topologically(contents);
  mark_constants(contents);
}

std::vector<bool> needed_nodes(const Source::Contents& contents) {
  std::vector<bool> is_needed(contents.nodes.size(), false);
  const auto need = [&](const std::string& tensor) {
    const auto producer = contents.producers.find(tensor);
    if (producer != contents.producers.end()) is_needed[producer->second] = true;
  };
  for (const auto& output : contents.proto.graph().output()) need(output.name());
  for (auto node = contents.topological.rbegin(); node != contents.topological.rend(); ++node) {
    if (!is_needed[*node]) continue;
    for (const auto& name : contents.nodes[*node].reads) need(name);
  }
  return is_needed;
}

bool Source::Contents::is_constant(const std::string& tensor) const {
  const auto producer = producers.find(tensor);
  if (producer != producers.end()) return nodes[producer->second].is_constant;
  return std::ranges::none_of(inputs, [&](const base::NamedType& input) { return input.name == tensor; });
}

void Source::Contents::add_constants(const std::string& tensor, ConstantClosure& closure) const {
  std::vector<std::string> pending = {tensor};
  std::unordered_set<std::string> seen;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    if (!seen.insert(name).second || !is_constant(name)) continue;
    const auto producer = producers.find(name);
    if (producer == producers.end()) {
      closure.initializers.insert(name);
    } else if (closure.nodes.insert(producer->second).second) {
      for (const auto& read : nodes[producer->second].reads) pending.push_back(read);
    }
  }
}

base::Shape Source::Contents::constant_shape(const std::string& tensor) const {
  const auto shape_of = [](const onnx::TensorProto& proto) {
    return base::Shape(proto.dims().begin(), proto.dims().end());
  };
  // Folded weights (a quantized kernel behind DequantizeLinear, a renamed one behind Identity) keep their shape.
  static const std::unordered_set<std::string> kKeepsShape = {"DequantizeLinear", "Identity", "Cast"};
  std::string name = tensor;
  while (true) {
    if (const auto index = initializers.find(name); index != initializers.end()) {
      return shape_of(proto.graph().initializer(index->second));
    }
    const auto producer = producers.find(name);
    if (producer == producers.end()) return {};
    const auto& node = proto.graph().node(static_cast<int>(producer->second));
    for (const auto& attribute : node.attribute()) {
      if (node.op_type() == "Constant" && attribute.name() == "value" && attribute.has_t())
        return shape_of(attribute.t());
    }
    if (!kKeepsShape.contains(node.op_type()) || node.input_size() == 0) return {};
    name = node.input(0);
  }
}

}  // namespace tandem::model
