// A part: a runnable ONNX graph with its weights beside it instead of inside it. Models are read into parts, stages are
// extracted as parts, engines run them and agents hold them. Weights are views of one shared copy, so many parts of one
// model cost the memory of one model. Immutable once made; share freely between threads.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/tensor.h"

namespace tandem::model {

struct Part {
  // A serialized onnx::ModelProto. Each tensor in `weights` stands in its graph as an initializer of the same name,
  // type and shape, marked external with location kWeightLocation: its bytes are not in this string.
  std::string graph;
  std::vector<base::NamedTensor> weights;
  std::vector<base::NamedType> inputs;   // shapes are fixed
  std::vector<base::NamedType> outputs;  // likewise; element type Undefined where not yet known
};

inline constexpr const char* kWeightLocation = "tandem";

// Initializers of fewer bytes stay inside the graph: shape arithmetic reads them while a graph is loaded.
inline constexpr std::size_t kSmallestWeightBytes = 1024;

// The part with only these of its outputs, and all of its layers. Throws Error(NotFound) when it has no such output.
Part with_outputs(Part part, const std::vector<std::string>& names);

// The part with inputs of which only the ranks are said in the graph; Part::inputs keeps their shapes.
Part with_open_inputs(Part part);

// The part with an entry more in its metadata.
Part with_metadata(Part part, const std::string& key, const std::string& value);

// The part with a name for each of its nodes, at any depth, that no other has; nameless nodes are called after their
// first output, as layers are. No name has control characters, quotes or backslashes. For engines that report on nodes
// by name, in JSON without escapes.
Part with_node_names(Part part);

// The nodes of a serialized ModelProto, without those of subgraphs. Throws Error(InvalidInput) on anything else.
struct NodeLinks {
  std::string name;
  std::string op_type;
  std::vector<std::string> reads;  // captures of subgraphs among them
  std::vector<std::string> writes;
};
std::vector<NodeLinks> links_of(const std::string& graph);

// Names a part by its content: the digest of its graph and of each weight. Reads every weight.
std::string digest_of(const Part& part);

// Writes a standard ONNX file that any runtime reads: weights inside while the file stays below 2 GB (the limit of
// protobuf), else in `path` + ".data" beside it. Atomic. Throws base::Error.
inline constexpr std::size_t kLargestInlineBytes = std::size_t{1900} << 20;  // leaves room for the graph
void write_onnx(const Part& part, const std::filesystem::path& path,
                std::size_t largest_inline_bytes = kLargestInlineBytes);

// Throws Error(Refused) when the graph names external data, at any depth, that is not among the part's weights: an
// engine would read it from files of its machine; Error(InvalidInput) when an attribute is beyond its operator's
// bounds. For parts that come from a peer.
void check_part(const Part& part);

}  // namespace tandem::model
