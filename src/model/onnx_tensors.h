// The tensors of an ONNX file, wherever in it they are. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>

namespace tandem::model {

// Calls `action` for each tensor that a model holds: initializers, sparse ones, attributes, at any depth and in
// functions.
void for_each_tensor(onnx::ModelProto& proto, const std::function<void(onnx::TensorProto&)>& action);

bool is_external(const onnx::TensorProto& tensor);

}  // namespace tandem::model
