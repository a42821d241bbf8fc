// Conditions on a node, beyond the bounds of single attributes, that engines rely on without a check: breaking one ends
// the process. Used by check_attributes. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <set>
#include <string>

#include "base/tensor.h"

namespace tandem::model {

// What is known of tensors without computing. The graph must outlive it.
struct KnownTensors {
  std::map<std::string, base::Shape> shapes;                  // of inputs and initializers, as declared
  std::map<std::string, const onnx::TensorProto*> constants;  // initializers and Constant nodes

  std::set<std::string> maybe_empty;  // what inputs without elements lead to

  void add(const onnx::GraphProto& graph);
};

// The condition that a node of ONNX's own domain breaks, in words; empty: none.
std::string broken_rule(const onnx::NodeProto& node, const KnownTensors& known);

}  // namespace tandem::model
