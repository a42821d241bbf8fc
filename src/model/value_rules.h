// What operators want of the values of their inputs. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <optional>
#include <vector>

#include "base/tensor.h"
#include "model/value_ranges.h"

namespace tandem::model {

// The shape of a node's input by its number; null where it is unknown.
using ShapeOfInput = std::function<const base::Shape*(int)>;

// What the node allows in its input of that number; nothing if it takes any value or a shape is missing to tell.
std::optional<ValueRange> wanted_range(const onnx::NodeProto& node, int input, const ShapeOfInput& shape_of);

// The numbers of the inputs whose values stand in the node's first output as they are; none for other operators.
std::vector<int> inputs_kept_by(const onnx::NodeProto& node);

}  // namespace tandem::model
