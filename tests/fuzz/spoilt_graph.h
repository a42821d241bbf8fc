// Changes of a graph's nodes, edges and inputs, each of which returns the change in words. For graph_mutator.cpp.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "fuzz/spoilt_values.h"

namespace tandem::fuzz {

std::string title_of(const onnx::NodeProto& node);

std::string change_input(onnx::GraphProto& graph, onnx::NodeProto& node, Random& random);
std::string drop_last(onnx::NodeProto& node, bool is_input);
std::string swap_inputs(onnx::NodeProto& node, Random& random);
std::string repeat_node(onnx::GraphProto& graph, const onnx::NodeProto& node);

std::string change_input_type(onnx::ValueInfoProto& input, Random& random);
// One of the inputs becomes an initializer, if it is small and of a type that says sizes and scales.
std::string fix_input(onnx::GraphProto& graph, Random& random);

}  // namespace tandem::fuzz
