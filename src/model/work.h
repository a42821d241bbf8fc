// The work of a node: its multiply-accumulates and its window. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <string>

#include "base/tensor.h"
#include "model/graph.h"

namespace tandem::model {

// The shape of a tensor by name, constant or not; empty when unknown.
using ShapeLookup = std::function<base::Shape(const std::string&)>;

// Multiply-accumulates of convolutions, matrix products and recurrent layers, from their shapes; 0 for other operators
// and where a shape is unknown. A convolution counts output elements × input channels per group × kernel elements.
std::int64_t multiply_accumulates(const onnx::NodeProto& node, const ShapeLookup& shape_of);

// Of convolutions and of poolings that are not global.
Window window_of(const onnx::NodeProto& node, const ShapeLookup& shape_of);

}  // namespace tandem::model
