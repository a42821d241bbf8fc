// The bounds of operators' integer attributes. Engines compute with attributes before they check them: a stride of 0 or
// a block size of 2^62 ends the process. Used where models and parts come in. Private to model/.
#pragma once

#include <string>

#include <onnx/onnx_pb.h>

namespace tandem::model {

// Of every node at any depth. Throws Error(InvalidInput) that begins with `source` and names the node, its operator,
// the attribute, the value and what was expected.
void check_attributes(const onnx::ModelProto& proto, const std::string& source);

}  // namespace tandem::model
