// Nodes whose result is new at each run: never constants, so never duplicated into two stages. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <unordered_set>

namespace tandem::model {

class RandomOperators {
 public:
  explicit RandomOperators(const onnx::ModelProto& proto);

  // Whether the node, one of its subgraphs or a local function that it calls is random. Subgraphs nested too deeply
  // count as random.
  bool are_in(const onnx::NodeProto& node, int depth = 0) const;

 private:
  std::unordered_set<std::string> names_;  // of operators, and of local functions that contain one
};

}  // namespace tandem::model
