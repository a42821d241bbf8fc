// Optional inputs at the end of a node's list: an empty name leaves one out, and so does a shorter list. Engines take
// some of the former for inputs that are there.
#include "model/onnx_contents.h"

namespace tandem::model {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// Protobuf has bounded the depth when it parsed the file.
void drop_in(Nodes& nodes) {
  for (auto& node : nodes) {
    auto& inputs = *node.mutable_input();
    while (!inputs.empty() && inputs[inputs.size() - 1].empty()) inputs.RemoveLast();
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) drop_in(*attribute.mutable_g()->mutable_node());
      for (auto& graph : *attribute.mutable_graphs()) drop_in(*graph.mutable_node());
    }
  }
}

}  // namespace

void drop_empty_tails(onnx::ModelProto& model) {
  drop_in(*model.mutable_graph()->mutable_node());
  for (auto& function : *model.mutable_functions()) drop_in(*function.mutable_node());
}

}  // namespace tandem::model
