// The types of a model's inputs, with every dimension fixed. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"

namespace tandem::model {

// Of the inputs of `graph`, in its order. Dimensions that the file leaves open are those of `given`; else a batch is 1,
// and so is any dimension of an input that nothing reads. Throws Error(InvalidInput) on any other open dimension and on
// shapes that do not fit, Error(Unsupported) on inputs that are no tensors. `source`: for messages.
std::vector<base::NamedType> fixed_input_types(const onnx::GraphProto& graph, const ShapeByInput& given,
                                               const std::string& source);

}  // namespace tandem::model
