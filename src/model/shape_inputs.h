// Which inputs of an operator decide the shapes of its outputs by their values, and not by their shapes alone. Private
// to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace tandem::model {

// The numbers of these inputs; null for operators that are not in the table: those of other domains than ONNX's and
// ONNX Runtime's, newer ones, and those that run subgraphs.
const std::vector<int>* shape_inputs_of(const onnx::NodeProto& node);

// Shape, Size, SequenceLength: their output says of their input's shape alone.
bool reads_shape_only(const onnx::NodeProto& node);

}  // namespace tandem::model
