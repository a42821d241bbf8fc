#include "model/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "model/onnx_contents.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

AttributeValue value_of(const onnx::AttributeProto& attribute, const std::string& where) {
  switch (attribute.type()) {
    case onnx::AttributeProto::INT:
      return attribute.i();
    case onnx::AttributeProto::FLOAT:
      return attribute.f();
    case onnx::AttributeProto::STRING:
      return attribute.s();
    case onnx::AttributeProto::INTS:
      return std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
    case onnx::AttributeProto::TENSOR:
      return read_tensor(attribute.t(), where);
    default:
      throw Error(ErrorKind::Unsupported,
                  fmt::format("{}: attribute '{}' is a {}, expected numbers, text or a tensor", where, attribute.name(),
                              onnx::AttributeProto::AttributeType_Name(attribute.type())));
  }
}

Node node_of(const onnx::NodeProto& proto, const std::string& source) {
  Node node;
  node.op_type = proto.op_type();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  node.name = proto.name().empty() && proto.output_size() > 0 ? proto.output(0) : proto.name();
  node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
  const std::string where = fmt::format("{}: node '{}' ({})", source, node.name, node.op_type);
  for (const auto& attribute : proto.attribute())
    node.attributes.push_back({attribute.name(), value_of(attribute, where)});
  return node;
}

std::int64_t opset_of(const onnx::ModelProto& model) {
  for (const auto& import : model.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
  }
  return 0;
}

void add_weight(Program& program, const Source::Contents& contents, const std::string& name) {
  const auto initializer = contents.initializers.find(name);
  if (initializer == contents.initializers.end()) return;
  const auto beside = contents.weights.find(name);
  program.weights[name] = beside != contents.weights.end()
                              ? beside->second
                              : read_tensor(contents.proto.graph().initializer(initializer->second),
                                            fmt::format("{}: initializer '{}'", contents.name, name));
}

std::string without_blanks(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream list(text);
  for (std::string name; std::getline(list, name, ',');) names.push_back(without_blanks(name));
  return names;
}

}  // namespace

std::vector<std::string> named_exits(const onnx::ModelProto& model) {
  for (const auto& entry : model.metadata_props()) {
    if (entry.key() == kExitsKey) return listed(entry.value());
  }
  return {};
}

void check_exits(const Source::Contents& contents) {
  std::vector<std::string> outputs;
  for (const auto& output : contents.proto.graph().output()) outputs.push_back(output.name());
  for (const auto& exit : named_exits(contents.proto)) {
    if (std::ranges::find(outputs, exit) != outputs.end()) continue;
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: metadata {} names '{}', expected outputs of the model: {}",
                                                     contents.name, kExitsKey, exit, fmt::join(outputs, ", ")));
  }
}

Program read_program(const Model& model) {
  // As read: folded shapes hold for one size of batch.
  const Source::Contents& folded = *model.source_.contents_;
  const Source::Contents& contents = folded.as_read ? *folded.as_read : folded;
  const auto& graph = contents.proto.graph();
  if (graph.sparse_initializer_size() > 0)
    throw Error(ErrorKind::Unsupported, fmt::format("{}: sparse weights, expected dense ones", contents.name));
  Program program;
  program.name = contents.name;
  program.opset = opset_of(contents.proto);
  program.inputs = contents.inputs;
  const auto is_needed = needed_nodes(contents);
  for (const std::size_t node : contents.topological) {
    if (!is_needed[node]) continue;
    program.nodes.push_back(node_of(graph.node(static_cast<int>(node)), contents.name));
    for (const auto& name : contents.nodes[node].reads) add_weight(program, contents, name);
  }
  for (const auto& output : graph.output()) program.outputs.push_back(output.name());
  program.exits = exits_of(model);
  return program;
}

Program read_program(const Source& source) {
  return read_program(Model(source, {}));
}

}  // namespace tandem::model
