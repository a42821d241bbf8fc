// The tensors of an ONNX file, wherever in it they are. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>

#include "base/tensor.h"

namespace tandem::model {

// Calls `action` for each tensor that a model holds: initializers, sparse ones, attributes, at any depth and in
// functions.
void for_each_tensor(onnx::ModelProto& proto, const std::function<void(onnx::TensorProto&)>& action);

bool is_external(const onnx::TensorProto& tensor);

// For a proto that holds nothing but a name: a tensor's type, and its type and bytes.
void set_tensor_type(onnx::TensorProto& proto, const base::TensorType& type);
void set_tensor(onnx::TensorProto& proto, const base::Tensor& tensor);

}  // namespace tandem::model
