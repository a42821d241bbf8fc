// The ONNX side of a Source: the parsed file without its weights, with facts about each node. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"

namespace tandem::model {

struct NodeFacts {
  std::vector<std::string> reads;   // inputs and captures of subgraphs; no empty names, no duplicates
  std::vector<std::string> writes;  // no empty names
  bool is_constant = false;         // depends on constants only
};

struct Source::Contents {
  std::string name;
  bool is_one_file = true;
  onnx::ModelProto proto;                                  // initializers in `weights` are external placeholders here
  onnx::GraphProto declared;                               // inputs and outputs alone, as the file declares them
  std::map<std::string, base::Tensor> weights;             // by initializer name
  std::vector<base::NamedType> inputs;                     // real ones, shapes fixed
  std::unordered_map<std::string, int> initializers;       // name → index in graph.initializer
  std::vector<NodeFacts> nodes;                            // in the file's order
  std::vector<std::size_t> topological;                    // node indices
  std::unordered_map<std::string, std::size_t> producers;  // tensor name → node index
  std::shared_ptr<const Contents> as_read;                 // before shapes were folded (shape_folding.h); may be null

  bool is_constant(const std::string& tensor) const;  // an initializer, or made by a constant node

  // The nodes and initializers that `tensors` are computed from, as far as constants go.
  struct ConstantClosure {
    std::set<std::size_t> nodes;  // indices in the file
    std::set<std::string> initializers;
  };
  void add_constants(const std::string& tensor, ConstantClosure& closure) const;

  // Dimensions of a constant, where they can be told without computing: an initializer or a Constant node. Else empty.
  base::Shape constant_shape(const std::string& tensor) const;
};

inline constexpr int kMaxSubgraphDepth = 32;

// Throws Error(InvalidInput) on subgraphs nested more deeply.
NodeFacts facts_of(const onnx::NodeProto& node);

// Calls `action` for each graph among the attributes of a node.
template <class Action>
void for_each_subgraph(const onnx::NodeProto& node, const Action& action) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) action(attribute.g());
    for (const auto& graph : attribute.graphs()) action(graph);
  }
}

NodeFacts facts_of(const onnx::NodeProto& node);  // all but is_constant

// `wanted`, or else the first of "wanted#2", "wanted#3", … that is not taken. Takes it.
std::string unique_name(const std::string& wanted, std::unordered_set<std::string>& taken);

// Gives nodes that have the name of an earlier one in their graph another: engines refuse equal names.
void rename_duplicates(onnx::GraphProto& graph);

// Shortens the inputs of each node, at any depth, by the empty names at their end, which leave out optional ones.
void drop_empty_tails(onnx::ModelProto& model);

// The exits that the metadata names, in its order; empty where it names none.
inline constexpr const char* kExitsKey = "tandem.exits";
std::vector<std::string> named_exits(const onnx::ModelProto& model);
// Throws Error(InvalidInput) where one of them is no output.
void check_exits(const Source::Contents& contents);

// Fills nodes, topological, producers anew. Throws Error(InvalidInput) on cycles, undefined or doubly defined names.
void analyse(Source::Contents& contents);

// By node, in the file's order: whether an output is computed from it, constants too.
std::vector<bool> needed_nodes(const Source::Contents& contents);

// The bytes of an initializer that is stored in whichever field of TensorProto; external data is resolved against
// `folder`. Empty when it has no fixed-size elements or is too small to stand beside the graph. Strips the proto.
base::Tensor take_weight(onnx::TensorProto& tensor, const std::filesystem::path& folder, const std::string& where);

// The values of a tensor that lies in the file, in whichever field. Throws Error(Unsupported) on strings and the like.
base::Tensor read_tensor(onnx::TensorProto tensor, const std::string& where);

// Brings external data of tensors that cannot stand beside the graph (those of subgraphs, attributes and functions)
// into it. Call it after take_weight.
void take_inner_data(onnx::ModelProto& proto, const std::filesystem::path& folder, const std::string& where);

// Leaves of a tensor's shape only its rank.
void forget_sizes(onnx::ValueInfoProto& value);

// Throws Error(InvalidInput) on a graph that is not an ONNX model.
onnx::ModelProto parse_graph(const Part& part);

// Marks an initializer as standing beside the graph.
void make_placeholder(onnx::TensorProto& tensor, std::size_t bytes);

}  // namespace tandem::model
