// A model as a list of nodes, free of ONNX's own types: for code that runs the graph itself (train) or looks for a
// place to add to it (GraphBuilder::grow writes the result). Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"
#include "model/node.h"

namespace tandem::model {

struct Program {
  std::string name;                             // the file's
  std::int64_t opset = 0;                       // of ONNX's own operators
  std::vector<Node> nodes;                      // topological; those that no output depends on are left out
  std::map<std::string, base::Tensor> weights;  // all initializers that they read, of any size
  std::vector<base::NamedType> inputs;          // shapes are fixed: see Source::read
  std::vector<std::string> outputs;
  std::vector<std::string> exits;  // by depth, as exits_of gives them
};

// Throws Error(Unsupported) and names the node where Program has no counterpart: nodes with subgraphs, sparse weights.
Program read_program(const Model& model);
// The same from a Model without types: the work of layers is unknown, so it does not count in the depth of exits.
Program read_program(const Source& source);

}  // namespace tandem::model
